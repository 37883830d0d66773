/*
 * Why something was done, as codes with a detail, told in Vietnamese or English. Each decision of the core adds
 * one line; the events stream and `why` show the same ones. A detail is a few words with a space between them:
 * ids, times, numbers, and codes that one dictionary translates (core/story.c); never a number of a phone, never a
 * citizen's words.
 */
#ifndef CORE_STORY_H
#define CORE_STORY_H

#include "base/sbuf.h"
#include "base/sv.h"

/* code, name in the stream, Vietnamese, English; %1 %2 %3 are the detail's words, %* what is left of it */
#define STORY_LIST(X) \
	X(TAKEN,       "taken",         "nhận hồ sơ đã đóng: %1", "closed case taken in: %1") \
	X(AGENT,       "agent",         "số này đã có từ %1 hồ sơ trong 30 ngày: người nộp thay", \
	                                "this number has %1 or more cases in 30 days: it files for others") \
	X(PLANNED,     "planned",       "dự kiến hỏi lúc %*", "the citizen is to be asked at %*") \
	X(NOT_ASKED,   "not_asked",     "không hỏi: %1", "not asked: %1") \
	X(POSTPONED,   "postponed",     "ngoài khung giờ gửi, dời đến %*", "outside the sending window, moved to %*") \
	X(BUDGET,      "budget",        "số này đã nhận đủ số tin cho phép trong 24 giờ, dời đến %*", \
	                                "this number has had its texts of 24 hours, moved to %*") \
	X(PAUSED,      "paused",        "người vận hành đang tạm ngừng gửi (kênh %1)", \
	                                "an operator has paused sending (channel %1)") \
	X(SENDING,     "sending",       "gửi %1 (tin số %2) qua kênh %3, lần %4", "sending %1 (message %2) over %3, attempt %4") \
	X(SENT,        "sent",          "nhà cung cấp đã nhận %1 (tin số %2)", "the provider has taken %1 (message %2)") \
	X(NOT_SENT,    "not_sent",      "%1 (tin số %2) chưa đi được, sẽ gửi lại: %*", \
	                                "%1 (message %2) did not leave and is to be tried again: %*") \
	X(REFUSED,     "refused",       "nhà cung cấp từ chối %1 (tin số %2): %*", "the provider refuses %1 (message %2): %*") \
	X(UNKNOWN,     "unknown",       "không rõ %1 (tin số %2) đã đi chưa, không gửi lại để khỏi làm phiền: %*", \
	                                "nobody knows whether %1 (message %2) left; it is not sent again: %*") \
	X(EVIDENCE,    "evidence",      "có bằng chứng %1 (tin số %2) đã đi: %*", "evidence that %1 (message %2) did leave: %*") \
	X(DELIVERED,   "delivered",     "máy đã nhận %1 (tin số %2)", "%1 (message %2) is on the phone") \
	X(UNDELIVERED, "undelivered",   "%1 (tin số %2) không đến máy: %*", "%1 (message %2) did not reach the phone: %*") \
	X(NEXT_CHANNEL,"next_channel",  "chuyển sang kênh %1", "the next channel is tried: %1") \
	X(REMIND,      "remind",        "%1 giờ chưa có trả lời, nhắc một lần", "no answer in %1 hours, one reminder") \
	X(DROPPED,     "dropped",       "bỏ %1 (tin số %2): %*", "%1 (message %2) is dropped: %*") \
	X(REPLY,       "reply",         "công dân nhắn: %1 (quy tắc %2); thuộc khảo sát này vì %3", \
	                                "the citizen wrote: %1 (rule %2); it belongs here because %3") \
	X(SCORE,       "score",         "ghi %1 điểm (%2)", "score %1 recorded (%2)") \
	X(REASONS,     "reasons",       "lý do: %1", "reasons: %1") \
	X(CLARIFY,     "clarify",       "hỏi lại một lần: %1", "asked once more: %1") \
	X(WHICH,       "which",         "số này còn hồ sơ %* chờ trả lời, hỏi riêng hồ sơ đó", \
	                                "this phone's case %* waits too and is asked about by name") \
	X(FOLLOWUP,    "followup",      "mở phản ánh %1: %2", "follow-up %1 opened: %2") \
	X(RECLASSED,   "reclassified",  "nâng mức phản ánh %1: %2", "follow-up %1 raised: %2") \
	X(OPTED_OUT,   "opted_out",     "công dân từ chối nhận tin (quy tắc %1)", "the citizen wants no more texts (rule %1)") \
	X(OPTED_IN,    "opted_in",      "công dân đồng ý nhận tin lại (quy tắc %1)", "the citizen wants texts again (rule %1)") \
	X(WRONG_PERSON,"wrong_person",  "người nhận báo sai số (quy tắc %1)", "the receiver is somebody else (rule %1)") \
	X(SILENT,      "silent",        "không trả lời tin này: %1", "no answer to this message: %1") \
	X(EXPIRED,     "expired",       "hết hạn: %1", "expired: %1") \
	X(CLOSED,      "closed",        "khép lại: %1", "closed: %1") \
	X(REOPENED,    "reopened",      "hồ sơ mở lại; khảo sát lúc đó: %1", "the case was reopened; the survey was %1")

enum story_code {
#define X(code, name, vi, en) STORY_##code,
	STORY_LIST(X)
#undef X
	STORY_MAX
};

const char *story_name(int code);
/* Appends the sentence; codes in the detail become words. */
void        story_tell(int code, const char *detail, bool english, struct sbuf *out);

#endif
