/* The sentences of a survey's story and the dictionary of their details; see the header. */
#include "core/story.h"

#include <string.h>

static const struct { const char *name, *vi, *en; } rows[STORY_MAX] = {
#define X(code, name, vi, en) [STORY_##code] = { name, vi, en },
	STORY_LIST(X)
#undef X
};

static const struct { const char *word, *vi, *en; } words[] = {
	/* outcomes */
	{ "delivered", "đã trả kết quả", "the result was handed over" },
	{ "refused", "bị từ chối", "refused" },
	{ "returned", "bị trả lại", "returned" },
	{ "stopped", "bị dừng", "stopped" },
	{ "withdrawn", "người dân rút hồ sơ", "withdrawn" },
	/* why nobody is asked */
	{ "no_phone", "hồ sơ không có số điện thoại", "the case has no number" },
	{ "bad_phone", "số điện thoại không hợp lệ", "the number is no number" },
	{ "landline", "số máy cố định", "the number is a landline" },
	{ "foreign", "số nước ngoài", "the number is foreign" },
	{ "staff_number", "số của cán bộ", "the number belongs to staff" },
	{ "opted_out", "công dân đã từ chối nhận tin", "the citizen wants no texts" },
	{ "wrong_person", "số này đã báo không phải người nộp", "the number belongs to somebody else" },
	{ "capped", "số này vừa được hỏi, chưa đến lần sau", "this number was asked not long ago" },
	{ "excluded", "thủ tục hoặc đơn vị không khảo sát", "procedure or unit is excluded" },
	{ "no_contact", "công dân không muốn được liên hệ", "the citizen asked not to be contacted" },
	{ "too_old", "hồ sơ đóng đã quá lâu", "the case was closed too long ago" },
	{ "sampled_out", "không nằm trong mẫu", "not in the sample" },
	{ "reopened", "hồ sơ đã mở lại", "the case was reopened" },
	{ "trial", "đang chạy thử", "only a trial" },
	{ "no_channel", "không kênh nào gửi được", "no channel could reach the number" },
	{ "expired_window", "không còn kịp trong khung giờ gửi", "no sending window came in time" },
	/* texts */
	{ "T1", "câu hỏi", "the question" }, { "T1s", "câu hỏi", "the question" },
	{ "T1b", "câu hỏi kèm mã", "the question with its token" },
	{ "T1r", "câu hỏi về hồ sơ không được giải quyết", "the question about a case not granted" },
	{ "T1rb", "câu hỏi kèm mã về hồ sơ không được giải quyết", "the question with its token about a case not granted" },
	{ "T2", "câu hỏi lý do", "the question for the reason" }, { "T2n", "câu hỏi lý do", "the question for the reason" },
	{ "T3", "lời cảm ơn", "the thanks" },
	{ "T3r", "lời ghi nhận phản ánh", "the receipt of the complaint" },
	{ "T3f", "lời ghi nhận kín", "the confidential receipt" },
	{ "T4", "lời hỏi lại", "the question for a number" },
	{ "T4b", "câu hỏi về hồ sơ kia", "the question about the other case" },
	{ "T4c", "lời hỏi xác nhận điểm", "the question whether the score is meant" },
	{ "T5", "lời nhắc", "the reminder" }, { "T5b", "lời nhắc kèm mã", "the reminder with its token" },
	{ "T6", "xác nhận ngừng gửi", "the confirmation of the opt-out" },
	{ "T6b", "xác nhận nhận lại", "the confirmation of the opt-in" },
	{ "T6w", "lời xin lỗi nhầm số", "the apology for the wrong number" },
	{ "T9", "kết quả xử lý phản ánh", "the result of the complaint" },
	{ "T9n", "kết quả xem xét phản ánh", "the result of the complaint" },
	{ "T10", "lưu ý pháp lý", "the legal notice" },
	{ "T11", "báo khảo sát đã đóng", "the notice that the survey is over" },
	/* kinds of messages */
	{ "empty", "tin trống", "an empty message" }, { "staff", "lệnh của cán bộ", "a command of staff" },
	{ "auto_reply", "tin tự động của máy", "a machine's text" }, { "confirm", "lời xác nhận", "a yes to our question" },
	{ "verdict", "ý kiến về cách xử lý", "a verdict" }, { "optout", "từ chối nhận tin", "no more texts" },
	{ "optin", "xin nhận tin lại", "texts again" }, { "score", "một điểm số", "a score" },
	{ "reason", "một lý do", "a reason" }, { "callback", "xin gọi lại", "please call back" },
	{ "question", "một câu hỏi", "a question" }, { "thanks", "lời cảm ơn", "thanks" }, { "comment", "một lời góp ý", "a comment" },
	{ "unclear", "tin không rõ nghĩa", "nothing that could be read" },
	/* how a message was tied */
	{ "reference", "nhà cung cấp cho biết tin trả lời cho tin nào", "the provider says which text it answers" },
	{ "token", "có mã của khảo sát này", "it carries this survey's token" },
	{ "sender", "chỉ khảo sát này được hỏi qua kênh đó", "only this one was asked over that channel" },
	{ "only_open", "đó là khảo sát duy nhất đang mở", "it is the only one open" },
	{ "expected", "chỉ khảo sát này đang chờ tin như vậy", "only this one waits for such an answer" },
	{ "newest_open", "đó là khảo sát mới nhất đang mở", "it is the newest one open" },
	{ "last_asked", "đó là khảo sát hỏi gần nhất", "it was asked last" },
	/* what was concluded */
	{ "first", "lần đầu", "first answer" }, { "revised", "sửa điểm trước", "replaces an earlier one" },
	{ "late", "trễ hạn", "after the survey had expired" },
	{ "out_of_range", "số ngoài thang điểm 1-5", "a number outside 1 to 5" },
	{ "contradiction", "điểm trái với lời", "digit and words contradict each other" },
	{ "ambiguous", "không rõ điểm nào", "more than one score" }, { "unsure", "đọc chưa chắc", "the reading is not sure" },
	{ "P0", "P0, nguy hiểm", "P0, danger" }, { "P0_review", "P0 cần xem lại", "P0 to be reviewed" },
	{ "P1", "P1, tiền bạc hoặc sách nhiễu", "P1, money or harassment" },
	{ "P1_review", "P1 cần xem lại", "P1 to be reviewed" }, { "P2", "P2, không hài lòng", "P2, a complaint" },
	{ "P3", "P3, góp ý", "P3, a remark" },
	{ "budget", "đã trả lời đủ số tin cho phép", "the answers of this conversation are used up" },
	{ "no_texts", "người này không nhận tin", "this person wants no texts" },
	{ "full", "khảo sát đã có quá nhiều tin", "the survey has too many messages" },
	{ "too_late", "đã quá lâu", "it is too late for it" },
	{ "no_score", "không có điểm", "no score came" }, { "answered", "công dân đã trả lời", "the citizen has answered" },
	{ "no_result", "không có kết quả gửi trong thời hạn", "no result of the send in time" },
	{ "no_receipt", "không có báo nhận trong thời hạn", "no receipt in time" },
	{ "unsent", "chưa hỏi", "not asked yet" },
	/* states */
	{ "asked", "đã hỏi", "asked" }, { "reminded", "đã nhắc", "reminded" }, { "clarify", "đang hỏi lại", "being clarified" },
	{ "sending", "đang gửi", "being sent" }, { "closed", "đã đóng", "closed" }, { "expired", "đã hết hạn", "expired" },
	{ "unknown", "không rõ đã gửi chưa", "sent or not, nobody knows" },
};

const char *
story_name(int code)
{
	return code >= 0 && code < STORY_MAX ? rows[code].name : "";
}

static void
add_word(struct sv word, bool english, struct sbuf *out)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (sv_is(word, words[i].word)) {
			sbuf_adds(out, english ? words[i].en : words[i].vi);
			return;
		}
	sbuf_addsv(out, word);
}

/* The n-th word, from 1, empty when there are fewer; *rest is what comes after it. */
static struct sv
word_of(struct sv detail, int n, struct sv *rest)
{
	struct sv word = { "", 0 };

	while (n-- > 0)
		word = detail.p ? sv_cut(&detail, ' ') : (struct sv){ "", 0 };
	*rest = detail.p ? detail : (struct sv){ "", 0 };
	return word;
}

void
story_tell(int code, const char *detail, bool english, struct sbuf *out)
{
	struct sv all = sv_of(detail), rest = all, word;

	if (code < 0 || code >= STORY_MAX)
		return;
	for (const char *s = english ? rows[code].en : rows[code].vi; *s; s++) {
		if (*s != '%') {
			sbuf_addc(out, *s);
		} else if (*++s == '*') {
			add_word(rest, english, out);
		} else {
			word = word_of(all, *s - '0', &rest);
			add_word(word, english, out);
		}
	}
}
