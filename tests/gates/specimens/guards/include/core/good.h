#ifndef CORE_GOOD_H
#define CORE_GOOD_H

#endif
