/*
 * Why something was done, as codes with a detail, told in Vietnamese or English. Each decision of the core adds
 * one line; the events stream and `why` show the same ones. Details hold times, ids, rule names: never a number
 * or a citizen's words.
 */
#ifndef CORE_STORY_H
#define CORE_STORY_H

#include "base/sbuf.h"
#include "base/sv.h"

/* code, name in the stream, Vietnamese, English; %s is the detail */
#define STORY_LIST(X) \
	X(TAKEN,       "taken",         "nhận hồ sơ đã đóng (%s)", "closed case taken in (%s)") \
	X(PLANNED,     "planned",       "dự kiến hỏi lúc %s", "the citizen is to be asked at %s") \
	X(NOT_ASKED,   "not_asked",     "không hỏi: %s", "not asked: %s") \
	X(POSTPONED,   "postponed",     "ngoài khung giờ gửi, dời đến %s", "outside the sending window, moved to %s") \
	X(BUDGET,      "budget",        "đủ số tin cho phép trong 24 giờ, dời đến %s", "message budget of 24 hours used up, moved to %s") \
	X(SENDING,     "sending",       "gửi tin %s", "sending %s") \
	X(SENT,        "sent",          "nhà mạng đã nhận tin (%s)", "the provider has the message (%s)") \
	X(NOT_SENT,    "not_sent",      "chưa gửi được (%s), sẽ gửi lại", "not sent (%s), to be tried again") \
	X(REFUSED,     "refused",       "nhà cung cấp từ chối (%s)", "refused by the provider (%s)") \
	X(UNKNOWN,     "unknown",       "không rõ tin đã đi chưa (%s); không gửi lại để tránh làm phiền", \
	                                "it is not known whether the message left (%s); it is not sent again") \
	X(EVIDENCE,    "evidence",      "có bằng chứng tin đã đến (%s)", "evidence that the message did leave (%s)") \
	X(DELIVERED,   "delivered",     "máy đã nhận tin (%s)", "delivered to the phone (%s)") \
	X(UNDELIVERED, "undelivered",   "máy không nhận được tin (%s)", "not delivered (%s)") \
	X(DROPPED,     "dropped",       "bỏ tin trả lời (%s)", "answer dropped (%s)") \
	X(REPLY,       "reply",         "công dân trả lời (%s)", "the citizen answered (%s)") \
	X(SCORE,       "score",         "ghi điểm %s", "score recorded: %s") \
	X(REASONS,     "reasons",       "lý do: %s", "reasons: %s") \
	X(CLARIFY,     "clarify",       "hỏi lại một lần (%s)", "asked once more (%s)") \
	X(FOLLOWUP,    "followup",      "mở phản ánh %s", "follow-up opened: %s") \
	X(RECLASSED,   "reclassified",  "nâng mức phản ánh: %s", "follow-up reclassified: %s") \
	X(OPTED_OUT,   "opted_out",     "công dân từ chối nhận tin (%s)", "the citizen opted out (%s)") \
	X(OPTED_IN,    "opted_in",      "công dân đồng ý nhận tin lại (%s)", "the citizen opted in again (%s)") \
	X(WRONG_PERSON,"wrong_person",  "người nhận báo sai số (%s)", "the receiver says it is the wrong number (%s)") \
	X(SILENT,      "silent",        "không trả lời tin này (%s)", "no answer is sent to this (%s)") \
	X(EXPIRED,     "expired",       "hết hạn, không có trả lời (%s)", "expired without an answer (%s)") \
	X(CLOSED,      "closed",        "khép lại (%s)", "closed (%s)") \
	X(REOPENED,    "reopened",      "hồ sơ mở lại (%s)", "the case was reopened (%s)") \
	X(UNMATCHED,   "unmatched",     "tin không gắn được với hồ sơ nào (%s)", "a message that belongs to no survey (%s)")

enum story_code {
#define X(code, name, vi, en) STORY_##code,
	STORY_LIST(X)
#undef X
	STORY_MAX
};

const char *story_name(int code);
/* Appends the sentence. */
void        story_tell(int code, const char *detail, bool english, struct sbuf *out);

#endif
