# hailong. `make run` tries it, `make check` tests it; `make help` lists the rest.
# Settings: BUILD=dir  CC=gcc|clang  SAN=address,undefined  DEBUG=1  DESTDIR=  PREFIX=/usr

PREFIX  ?= /usr
SYSCONF ?= /etc
BUILD   ?= build
VERSION := 0.1.0

FLOORS  := base text core io channel store app
PKGS    := libevent_pthreads libevent libcurl jansson hiredis libcrypto libutf8proc libconfuse libsystemd

WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wimplicit-fallthrough -Wvla -Wshadow -Wmissing-prototypes \
        -Wstrict-prototypes -Wwrite-strings -Werror
HARDEN := -fstack-protector-strong -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
        -fno-strict-overflow -fno-strict-aliasing -fPIE
# clang 14 wants to be told that zeroing is meant.
ifneq ($(findstring clang,$(CC)),)
HARDEN += -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
endif
HARDEN_x86_64  := -fcf-protection=full -fstack-clash-protection
HARDEN_aarch64 := -mbranch-protection=standard -fstack-clash-protection
HARDEN += $(HARDEN_$(shell uname -m))
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

ifdef SAN
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
LINK += -fsanitize=$(SAN)
else ifdef DEBUG
OPT := -O0 -g
else
OPT := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif

# Asked late, so that `make deps` runs before the libraries are there.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lcsv -lm)$(PKG_LIBS)

CFLAGS_ALL = -std=gnu11 -D_GNU_SOURCE -DHAILONG_VERSION='"$(VERSION)"' -Iinclude -Idaemon -I$(BUILD)/gen \
             $(OPT) $(WARN) $(HARDEN) $(PKG_CFLAGS) $(CFLAGS)

src     = $(filter-out daemon/app/main.c,$(wildcard daemon/$(1)/*.c))
obj     = $(patsubst %.c,$(BUILD)/%.o,$(call src,$(1)))
# Archives from the top floor down: each finds what it needs in those after it.
LIBS    = $(patsubst %,$(BUILD)/lib%.a,app store channel io core text base)

.PHONY: all deps run check unit contract flow gates bench fuzz soak install format clean help
.DELETE_ON_ERROR:
.SECONDARY:

all: deps
	@$(MAKE) --no-print-directory programs
.PHONY: programs
programs: $(BUILD)/hailongd $(BUILD)/hailongctl

help:
	@sed -n 's/^#: //p' $(MAKEFILE_LIST)

#: make deps      install what the build needs (says what first)
deps:
	@scripts/deps build

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Data compiled in: the lexicon of replies, and the learnt model's weights.
$(BUILD)/gen/core/lexicon.inc: $(sort $(wildcard data/lexicon/*.txt))
	@mkdir -p $(@D)
	cat $^ | od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g' >$@
$(BUILD)/daemon/core/reply.o: $(BUILD)/gen/core/lexicon.inc
$(BUILD)/daemon/core/opinion.o: data/model/reply.bin

define floor
$(BUILD)/lib$(1).a: $(call obj,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach f,$(FLOORS),$(eval $(call floor,$(f))))

$(BUILD)/hailongd: $(BUILD)/daemon/app/main.o $(LIBS)
	$(CC) $(OPT) $(LINK) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/hailongctl: $(call obj,ctl) $(LIBS)
	$(CC) $(OPT) $(LINK) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

#: make run       build, start a private redis-server and hailongd with conf/demo.conf, say what to do next
run: all
	@scripts/run $(BUILD)

include tests/tests.mk
-include tests/fuzz/fuzz.mk tests/bench/bench.mk tests/model.mk

#: make install   programs, unit and sample settings below DESTDIR; PREFIX=/usr SYSCONF=/etc
# The unit names the programs where PREFIX puts them.
install: programs
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(SYSCONF)/hailong \
	        $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/lib/sysusers.d \
	        $(DESTDIR)$(PREFIX)/lib/tmpfiles.d $(DESTDIR)$(PREFIX)/share/doc/hailong
	install -m 0755 $(BUILD)/hailongd $(DESTDIR)$(PREFIX)/sbin/
	install -m 0755 $(BUILD)/hailongctl $(DESTDIR)$(PREFIX)/bin/
	sed 's,/usr/sbin,$(PREFIX)/sbin,;s,/etc/hailong,$(SYSCONF)/hailong,g' systemd/hailongd.service \
	        >$(DESTDIR)$(PREFIX)/lib/systemd/system/hailongd.service
	install -m 0644 systemd/hailong.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/hailong.conf
	install -m 0644 systemd/hailong.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/hailong.conf
	install -d $(DESTDIR)$(PREFIX)/share/hailong/lexicon
	install -m 0644 $(wildcard data/lexicon/*.txt) $(DESTDIR)$(PREFIX)/share/hailong/lexicon/
	install -m 0644 README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/hailong/
	install -m 0644 $(wildcard docs/*.md) $(DESTDIR)$(PREFIX)/share/doc/hailong/
	for f in hailong.conf texts-vi.conf units.csv staff.csv holidays.txt; do \
	        test -e $(DESTDIR)$(SYSCONF)/hailong/$$f || \
	        install -m 0644 conf/$$f $(DESTDIR)$(SYSCONF)/hailong/; done

#: make format    clang-format over the whole tree
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)
