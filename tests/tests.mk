# Tests. A unit test of a floor links that floor and those below it and nothing else:
#   tests/unit/<floor>_<module>.c       e.g. tests/unit/core_phone.c
#   tests/contract/<what>.c             links every floor

below_base := base
below_text := text base
below_core := core text base
below_io   := io core text base
below_channel := channel io core text base
below_store := store io core text base
below_app  := app store channel io core text base

UNIT     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
CONTRACT := $(patsubst tests/contract/%.c,%,$(wildcard tests/contract/*.c))

define unit_rule
$(BUILD)/unit/$(1): $(BUILD)/tests/unit/$(1).o $(patsubst %,$(BUILD)/lib%.a,$(below_$(firstword $(subst _, ,$(1)))))
	@mkdir -p $$(@D)
	$$(CC) $$(OPT) $$(LINK) -o $$@ $$^ -lcmocka $$(PKG_LIBS)
endef
$(foreach t,$(UNIT),$(eval $(call unit_rule,$(t))))

define contract_rule
$(BUILD)/contract/$(1): $(BUILD)/tests/contract/$(1).o $(LIBS)
	@mkdir -p $$(@D)
	$$(CC) $$(OPT) $$(LINK) -o $$@ $$^ -lcmocka $$(PKG_LIBS)
endef
$(foreach t,$(CONTRACT),$(eval $(call contract_rule,$(t))))

unit: $(patsubst %,$(BUILD)/unit/%,$(UNIT))
	@tests/run-unit $(sort $^)

contract: $(patsubst %,$(BUILD)/contract/%,$(CONTRACT))
	@tests/run-unit $(sort $^)

#: make check     installs what the tests need and runs them all
# The sanitised builds have folders of their own; each stage says what it is, the last line sums up.
check:
	@scripts/deps test
	@tests/check $(BUILD)

# The daemon that dies when told to: the same archives, two doors taken by the linker. It is never installed.
$(BUILD)/hailongd-crash: $(BUILD)/daemon/app/main.o $(BUILD)/tests/crash/crash.o $(LIBS)
	$(CC) $(OPT) $(LINK) -Wl,--wrap=store_redis,--wrap=channel_open -o $@ $^ $(PKG_LIBS)

#: make flow      the daemon with real servers around it
flow: programs $(BUILD)/hailongd-crash
	HAILONG_BUILD=$(abspath $(BUILD)) /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/flow

#: make gates     floors, purity, headers, banned calls, hardening ... each with a bad specimen
# They look at the build that is installed: no SAN, no DEBUG.
gates: export CC := $(CC)
gates: export GATES_CFLAGS = $(CFLAGS_ALL)
gates: export GATES_LINK = $(LINK)
gates: programs
	@test -z "$(SAN)$(DEBUG)" || { echo "gates: not with SAN or DEBUG"; exit 1; }
	@tests/gates/run $(BUILD)
