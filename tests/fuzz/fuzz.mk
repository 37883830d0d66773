# Fuzzing. A target is tests/fuzz/NAME.c: one parser and what its header promises. It has seeds, and the inputs that once
# broke something, in tests/fuzz/corpus/NAME, and may have words in tests/fuzz/dict/NAME.
# Settings: FUZZ="NAME ..." (all)  FUZZ_SECONDS=300 for each target, or FUZZ_RUNS=50000000

FUZZ         ?= $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ_SECONDS ?= 300
FUZZ_BUILD   := $(BUILD)/fuzz
.PHONY: fuzz fuzz-short fuzz-programs replay

#: make fuzz      FUZZ_SECONDS=300 of each parser with any bytes under sanitisers
fuzz:
	@$(MAKE) --no-print-directory fuzz-programs BUILD=$(FUZZ_BUILD) CC=clang SAN=address,undefined \
	        CFLAGS=-fsanitize=fuzzer-no-link
	@tests/fuzz/run $(FUZZ_BUILD) $(if $(FUZZ_RUNS),-runs=$(FUZZ_RUNS),-max_total_time=$(FUZZ_SECONDS)) $(FUZZ)

fuzz-short:
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=3 FUZZ_RUNS=

fuzz-programs: $(patsubst %,$(BUILD)/targets/%,$(FUZZ))

$(BUILD)/targets/%: $(BUILD)/tests/fuzz/%.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LINK) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

# Each input of the corpora once, in a build like any other.
replay: $(patsubst %,$(BUILD)/replay/%,$(FUZZ))
	@for t in $(FUZZ); do \
	        out=$$($(BUILD)/replay/$$t tests/fuzz/corpus/$$t 2>&1) && echo "ok   replay $$t ($$out)" || \
	        { echo "$$out"; echo "FAIL replay $$t"; exit 1; }; done

$(BUILD)/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(LIBS)
	@mkdir -p $(@D)
	$(CC) $(OPT) $(LINK) -o $@ $^ $(PKG_LIBS)
