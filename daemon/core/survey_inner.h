/* What the files of the survey share: small changes to a record that each keep it whole. */
#ifndef CORE_SURVEY_INNER_H
#define CORE_SURVEY_INNER_H

#include "core/story.h"
#include "core/survey.h"

void survey_tell(struct survey *s, int64_t now, enum story_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The time for people, in the story's details. */
void survey_tell_time(struct survey *s, int64_t now, enum story_code code, const struct survey_policy *p, int64_t at);
/* "T1 0": which message, and what the provider said of it if it said anything. */
void survey_tell_message(struct survey *s, int64_t now, enum story_code code, int at, struct sv said);

/* Queues a text over a channel (place in route.order); false when there is no place left. */
bool survey_queue(struct survey *s, enum template_id text, int place, int64_t now, int64_t next);
bool message_is(const struct message *m, enum template_sort sort);
/* The request as this channel can say it. */
enum template_id survey_ask_text(const struct survey *s, const struct survey_policy *p, int place);
/* Ends the survey before anybody was asked: unsent messages are dropped, the citizen's traces taken back. */
void survey_not_asked(struct survey *s, struct citizen *c, enum not_asked why, int64_t now);
/* Drops the queued messages of a sort; how many. */
int  survey_drop(struct survey *s, enum template_sort sort);
/* A sign that the message did leave, whatever became of our own request. */
void survey_evidence(struct survey *s, const struct survey_policy *p, int ordinal, int64_t now, const char *what);
/* The request has reached the citizen, as far as anybody can tell. */
void survey_asked(struct survey *s, const struct survey_policy *p, int64_t now);
/* Its time is over: answered surveys close, others expire. */
void survey_end(struct survey *s, int64_t now);
bool survey_is_over(const struct survey *s);
/* Computes s->due_ms from what stands. */
void survey_set_due(struct survey *s, int64_t now);

enum gate { GATE_OPEN, GATE_LATER, GATE_SHUT };
/* May this queued message go now? OPEN: its place in the budget is taken. LATER: not before *until. SHUT: never. */
enum gate survey_gate(struct survey *s, struct citizen *c, const struct survey_policy *p, int ordinal, int64_t now,
                      int64_t *until);
/* The gate's view beforehand, so that no answer is queued in vain. */
bool survey_may_answer(const struct survey *s, const struct citizen *c, const struct survey_policy *p,
                       enum template_id text);
/* Gives the place of a message back that certainly did not leave. */
void survey_refund(struct survey *s, struct citizen *c, int ordinal);

/* Wants no texts: opted out, or is somebody else. */
bool citizen_is_closed(const struct citizen *c);
void citizen_asked(struct citizen *c, const char *survey, int64_t now);
void citizen_unasked(struct citizen *c, const char *survey);

enum err survey_on_wake(struct survey *s, struct citizen *c, const struct survey_policy *p, const struct survey_event *ev,
                        struct survey_acts *acts);
enum err survey_on_settled(struct survey *s, const struct survey_policy *p, const struct survey_event *ev);
enum err survey_on_receipt(struct survey *s, const struct survey_policy *p, const struct survey_event *ev);
enum err survey_on_reply(struct survey *s, struct citizen *c, const struct survey_policy *p,
                         const struct survey_event *ev, struct survey_acts *acts);

/* When every condition on a request at that time holds NONE, else why not. */
enum not_asked survey_may_ask(const struct survey *s, const struct citizen *c, const struct survey_policy *p, int64_t at);

#endif
