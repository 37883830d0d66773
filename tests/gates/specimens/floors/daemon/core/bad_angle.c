#  include <app/engine.h>
