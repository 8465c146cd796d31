# stackseal. `make demo` runs the main job for real, `make test` passes the tests; both install
# what they need. `make help` lists the rest.

.DEFAULT_GOAL := all
ARCH    ?= $(shell uname -m)
B       := $(CURDIR)/build
VERSION := 0.1.0

# How it is built. DEV=1: dynamic, the system's libraries, warnings are errors, quick to relink.
# SAN=1: the same with the address and undefined-behaviour sanitizers. FUZZ=1: that with clang, and
# libFuzzer in it. Default: fully static.
MODE := $(if $(FUZZ),fuzz,$(if $(SAN),san,$(if $(DEV),dev,static)))
OBJ  := $(B)/obj/$(MODE)-$(ARCH)
BIN  := $(B)/bin$(if $(filter static,$(MODE)),$(if $(filter $(shell uname -m),$(ARCH)),,/$(ARCH)),/$(MODE))

include deps/deps.mk

CSTD := -std=c17 -D_GNU_SOURCE -iquote lib -iquote . -DSTACKSEAL_VERSION='"$(VERSION)"'
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wcast-qual \
	-Wcast-align=strict -Wformat=2 -Wformat-signedness -Wundef -Wvla -Walloca \
	-Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum -Wlogical-op \
	-Wduplicated-cond -Wduplicated-branches -Wjump-misses-init -Wredundant-decls \
	-Wframe-larger-than=16384
HARD := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
	-fno-common -fPIE -ffunction-sections -fdata-sections
HARD_x86_64  := -fcf-protection=full
HARD_aarch64 := -mbranch-protection=standard
SAFE_LINK    := -Wl,-z,relro,-z,now,-z,noexecstack,--gc-sections,--as-needed
PACK_x86_64  := -Wl,-z,pack-relative-relocs

SYSTEM_LIBS := -lcurl -lssl -lcrypto -larchive -lz -lcjson -lyaml -pthread
SANITIZE    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

static_CFLAGS := $(HARD) $(HARD_$(ARCH)) $(DEPS_CPPFLAGS)
static_LINK   := -static-pie $(SAFE_LINK) $(PACK_$(ARCH)) $(DEPS_LIBS)
dev_CFLAGS    := -O1 -g -Werror
dev_LINK      := $(SYSTEM_LIBS)
san_CFLAGS    := -O1 -g -Werror $(SANITIZE)
san_LINK      := $(SANITIZE) $(SYSTEM_LIBS)
fuzz_CFLAGS   := -O1 -g -Werror $(SANITIZE) -fsanitize=fuzzer-no-link
fuzz_LINK     := $(SANITIZE) -fsanitize=fuzzer $(SYSTEM_LIBS)

# gcc's warnings are not all clang's.
CFLAGS_ALL = $(CSTD) $(if $(FUZZ),-Wall -Wextra,$(WARN)) $($(MODE)_CFLAGS) $(CFLAGS)
MODE_CC    = $(if $(filter static,$(MODE)),$(CC),$(if $(FUZZ),clang,gcc))

LIB_SRC     := $(wildcard lib/*/*.c)
INIT_SRC    := $(wildcard init/*.c)
CERTGEN_SRC := $(wildcard certgen/*.c)
UNIT_SRC    := $(wildcard tests/unit/*.c)
FUZZERS     := $(filter-out driver,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
LIB_OBJ     := $(LIB_SRC:%.c=$(OBJ)/%.o)
WRAP        := $(foreach f,malloc calloc realloc strdup strndup,-Wl,--wrap=$f)

all: $(BIN)/init $(BIN)/certgen

$(BIN)/init:    $(LIB_OBJ) $(INIT_SRC:%.c=$(OBJ)/%.o)
$(BIN)/certgen: $(LIB_OBJ) $(CERTGEN_SRC:%.c=$(OBJ)/%.o)
$(BIN)/unit:    $(LIB_OBJ) $(UNIT_SRC:%.c=$(OBJ)/%.o)
	@mkdir -p $(@D)
	@echo "  link    $(@:$(CURDIR)/%=%)"
	@$(MODE_CC) $^ -o $@ $(WRAP) $($(MODE)_LINK)

# A fuzz target has libFuzzer's main(), or the one that replays a corpus. What it puts in place of a
# library's function is a check that random bytes never get past, or work done over and over.
WRAP_es_keystore := PKCS5_PBKDF2_HMAC RAND_bytes
WRAP_line_keystore := PKCS5_PBKDF2_HMAC RAND_bytes
WRAP_credentials := PKCS12_verify_mac PKCS12_set_mac PKCS12_pack_p7encdata_ex \
	PKCS12_SAFEBAG_create_pkcs8_encrypt_ex
WRAP_csr         := X509_REQ_verify

fuzzers: $(FUZZERS:%=$(BIN)/fuzz/%)
$(FUZZERS:%=$(BIN)/fuzz/%): $(BIN)/fuzz/%: $(OBJ)/tests/fuzz/%.o $(if $(FUZZ),,$(OBJ)/tests/fuzz/driver.o) $(LIB_OBJ)
	@mkdir -p $(@D)
	@echo "  link    $(@:$(CURDIR)/%=%)"
	@$(MODE_CC) $^ -o $@ $(foreach f,$(WRAP_$*),-Wl,--wrap=$f) $($(MODE)_LINK)

# The linker says once that getaddrinfo in a static program needs glibc's files at run time; main()
# pins the two that exist everywhere. Every other warning is shown and fails the build.
$(BIN)/init $(BIN)/certgen:
	@mkdir -p $(@D)
	@echo "  link    $(@:$(CURDIR)/%=%)"
	@$(MODE_CC) $^ -o $@.debug $($(MODE)_LINK) 2>$@.log || { cat $@.log >&2; exit 1; }
	@! grep -v -e "Using 'getaddrinfo' in statically linked" -e ': in function `' $@.log
	@$(if $(filter static,$(MODE)),$(STRIP) -o $@ $@.debug,cp $@.debug $@)

$(OBJ)/%.o: %.c $(if $(filter static,$(MODE)),$(DEPS_DONE))
	@mkdir -p $(@D)
	@echo "  cc      $<"
	@$(MODE_CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

# The main job for real: see tests/cluster/demo.sh for ES_HOME, KEEP and DEMO.
demo:
	@sh tests/setup.sh build demo
	@$(MAKE) --no-print-directory all
	@$(if $(ES_HOME),:,sh tests/cluster/opensearch/assemble.sh)
	@ES_HOME='$(ES_HOME)' KEEP='$(KEEP)' sh tests/cluster/demo.sh

bench:
	@sh tests/setup.sh build demo test
	@$(MAKE) --no-print-directory all $(B)/bench/floor
	@sh bench/peers.sh $(B)/bench
	@sh bench/run.sh
	@sh bench/keystore.sh
	@python3 bench/seal.py
	@python3 bench/certs.py $(B)

# The floor under every certificate tool. Of our own it has only the RSA generator.
FLOOR_RSA := $(wildcard lib/pki/rsa.c)
$(B)/bench/floor: bench/floor.c $(DEPS_DONE) $(if $(FLOOR_RSA),$(LIB_OBJ))
	@mkdir -p $(@D)
	@echo "  link    $(@:$(CURDIR)/%=%)"
	@$(if $(FLOOR_RSA),rm -f $@.a; $(AR) rcs $@.a $(LIB_OBJ))
	@$(CC) $(CSTD) $(WARN) $(static_CFLAGS) $(if $(FLOOR_RSA),-DFLOOR_FAST_RSA) $< -o $@ \
		$(if $(FLOOR_RSA),$@.a) $(static_LINK)

clean:
	rm -rf $(B)/obj $(B)/bin $(B)/demo $(B)/test
distclean:
	rm -rf $(B)

.PHONY: all demo bench clean distclean

# The tests: see tests/run.sh. `check` is the quick part, without servers.
test:
	@sh tests/setup.sh build demo test
	@$(MAKE) --no-print-directory all
	@sh tests/run.sh
check:
	@sh tests/run.sh lint unit-dev

# The same scenarios as the ring has them, on an unpacked Elasticsearch of yours; not as root.
test-elasticsearch:
	@[ -x '$(ES_HOME)/bin/elasticsearch' ] || { echo 'make test-elasticsearch ES_HOME=DIR: an unpacked Elasticsearch'; exit 64; }
	@[ "$$(id -u)" != 0 ] || { echo 'Elasticsearch refuses to run as root: be another user'; exit 77; }
	@$(MAKE) --no-print-directory all
	@ES_HOME='$(abspath $(ES_HOME))' sh tests/run.sh elasticsearch
lint:
	@sh tests/run.sh lint
fuzz:
	@sh tests/setup.sh build test fuzz
	@FUZZ_TARGET='$(FUZZ_TARGET)' FUZZ_SECONDS='$(FUZZ_SECONDS)' sh tests/fuzz/run.sh
# What each role gets, written anew: review the difference.
golden: all
	@GOLDEN=write PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1 python3 tests/cli/test_config.py golden
format:
	clang-format -i $(wildcard lib/*/*.[ch] init/*.[ch] certgen/*.[ch] tests/unit/*.[ch] tests/fuzz/*.[ch] bench/*.c)

help:
	@echo 'make              build/bin/init and build/bin/certgen, static (ARCH=aarch64 for arm64)'
	@echo 'make demo         the main job for real: three secured nodes on this machine'
	@echo 'make test         every test; installs what it needs'
	@echo 'make check        lint and unit tests, quick (DEV=1 builds against the system libraries)'
	@echo 'make lint         style, layers, documents, analysers'
	@echo 'make fuzz         each parser with libFuzzer, a minute each: FUZZ_SECONDS, FUZZ_TARGET'
	@echo 'make format       lay out every C file'
	@echo 'make bench        the same work beside its peers'
	@echo 'make clean        remove what was built, but not the libraries; make distclean: all'

.PHONY: test test-elasticsearch check lint fuzz fuzzers format help
