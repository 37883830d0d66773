#ifndef APP_BAD_OTHER_H
#define APP_BAD_ELSE_H

#endif
