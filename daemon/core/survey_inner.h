/* What the files of the survey share: small changes to a record that each keep it whole. */
#ifndef CORE_SURVEY_INNER_H
#define CORE_SURVEY_INNER_H

#include "core/story.h"
#include "core/survey.h"

void survey_tell(struct survey *s, int64_t now, enum story_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The time for people, in the story's details. */
void survey_tell_time(struct survey *s, int64_t now, enum story_code code, const struct survey_policy *p, int64_t at);

/* Queues a text; false when there is no place left. */
bool survey_queue(struct survey *s, enum template_id text, int64_t now, int64_t next);
bool message_is_ask(const struct message *m);
/* Ends the survey before anybody was asked: unsent messages are dropped, the citizen's traces taken back. */
void survey_not_asked(struct survey *s, struct citizen *c, enum not_asked why, int64_t now);
void survey_drop_queued(struct survey *s);
/* A sign that the message did leave, whatever became of our own request. */
void survey_evidence(struct survey *s, const struct survey_policy *p, int ordinal, int64_t now, const char *what);
/* The request has reached the citizen, as far as anybody can tell. */
void survey_asked(struct survey *s, const struct survey_policy *p, int64_t now);
/* Computes s->due_ms from what stands. */
void survey_set_due(struct survey *s, int64_t now);

void citizen_asked(struct citizen *c, const char *survey, int64_t now);
void citizen_unasked(struct citizen *c, const char *survey);

enum err survey_on_wake(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
                        struct survey_acts *acts);
enum err survey_on_settled(struct survey *s, const struct survey_policy *p, const struct survey_event *ev);
enum err survey_on_receipt(struct survey *s, const struct survey_policy *p, const struct survey_event *ev);
enum err survey_on_reply(struct survey *s, struct citizen *c, const struct survey_policy *p,
                         const struct survey_event *ev, struct survey_acts *acts);

/* When every condition on a new request holds NONE, else why not. */
enum not_asked survey_may_ask(const struct survey *s, const struct citizen *c, const struct survey_policy *p,
                              int64_t now);

#endif
