# The generator shares no code with the daemon, so it links none of it.
$(BUILD)/bench/load: $(BUILD)/tests/bench/load.o
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LINK) -o $@ $^

$(BUILD)/bench/store: $(BUILD)/tests/bench/store_bench.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LINK) -o $@ $^ $(PKG_LIBS)

#: make bench     what one core carries, everything numbered and counted; docs/BENCH.md says how to read it
bench: programs $(BUILD)/bench/load
	@tests/bench/run $(BUILD)

.PHONY: bench-short
bench-short: programs $(BUILD)/bench/load
	@tests/bench/run $(BUILD) --short
