/*
 * One line per event on stderr, `what, key=value`, journal level in front. Control characters, other line
 * separators, turns of the writing direction and broken UTF-8 are escaped here, so that no text from outside
 * can forge a second line. Callers mask phones and never pass a citizen's text.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_CRIT = 2, LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_set_level(enum log_level upto);                 /* default LOG_INFO */
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_crit(...)   log_at(LOG_CRIT, __VA_ARGS__)
#define log_error(...)  log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)   log_at(LOG_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)   log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)  log_at(LOG_DEBUG, __VA_ARGS__)

#endif
