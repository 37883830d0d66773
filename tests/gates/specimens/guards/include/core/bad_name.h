#ifndef CORE_NAME_H
#define CORE_NAME_H

#endif
