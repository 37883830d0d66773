# The learnt model beside the rules (include/core/opinion.h). Its file ships in the tree; it is made anew when there is more to learn from.
$(BUILD)/model/opinion_tool: $(BUILD)/tests/model/opinion_tool.o $(BUILD)/libcore.a $(BUILD)/libtext.a $(BUILD)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LINK) -o $@ $^ $(PKG_LIBS)

#: make model     CORPORA=dir: learns data/model/reply.bin anew and measures it; data/model/CARD.md says from what
.PHONY: model
model: $(BUILD)/model/opinion_tool
	@scripts/deps model
	@test -n "$(CORPORA)" || { echo "make model CORPORA=dir: the folder that has uts2017_bank/train.tsv"; exit 2; }
	/usr/bin/python3 tests/model/train.py $< $(CORPORA) data/model/reply.bin
