# deps.mk: the static libraries that our programs are linked with, built from the sources pinned in deps.lock.
#
# Included by the top Makefile, or alone: make -f deps/deps.mk deps ARCH=aarch64
#
#   ARCH            x86_64 or aarch64; default: this machine's
#   B               the build folder
#   deps            target: all libraries, headers and archives in $B/deps/$(ARCH)/{include,lib}
#   $(DEPS_DONE)    file to depend on before compiling or linking anything
#   DEPS_CPPFLAGS   to compile with;  DEPS_LIBS  to link with, in this order
#   CC AR STRIP     the tools for ARCH, unless given by the user
#
# Everything is in $B/deps: dist (tarballs), src (unpacked), work/$(ARCH)/LIBRARY (objects), .log beside it.

ARCH ?= $(shell uname -m)
B    ?= $(CURDIR)/build

DEPS_HERE := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
DEPS_DIST := $(B)/deps/dist
DEPS_SRC  := $(B)/deps/src
DEPS_WORK := $(B)/deps/work/$(ARCH)
DEPS_OUT  := $(B)/deps/$(ARCH)
DEPS_DONE := $(DEPS_OUT)/.done

DEPS_CROSS := $(if $(filter-out $(shell uname -m),$(ARCH)),$(ARCH)-linux-gnu-)
ifeq ($(origin CC),default)
CC := $(DEPS_CROSS)gcc
endif
ifeq ($(origin AR),default)
AR := $(DEPS_CROSS)ar
endif
STRIP ?= $(DEPS_CROSS)strip

DEPS_CPPFLAGS = -isystem $(DEPS_OUT)/include -DCURL_STATICLIB
DEPS_LIBS     = -L$(DEPS_OUT)/lib -lcurl -lssl -lcrypto -larchive -lz -lcjson -lyaml -pthread

DEPS_NAMES  := openssl curl cjson libarchive libyaml zlib
DEPS_STAMPS := $(DEPS_NAMES:%=$(DEPS_OUT)/.%)

.PHONY: deps deps-force
deps: $(DEPS_DONE)

$(DEPS_DONE): $(DEPS_STAMPS)
	@touch $@

# Fetch and unpack. fetch.sh touches PACKAGE.used only when that package changed: moving one pin rebuilds one library.

DEPS_APT := gcc libc6-dev make perl patch xz-utils $(if $(DEPS_CROSS),gcc-$(ARCH)-linux-gnu libc6-dev-arm64-cross)

$(DEPS_OUT)/lib:
	@for tool in $(DEPS_CROSS)gcc perl patch xz; do command -v $$tool >/dev/null || { \
		echo "deps: error: $$tool is missing; on Debian and Ubuntu: apt-get install $(strip $(DEPS_APT))" >&2; exit 1; }; done
	@echo "deps: building $(words $(DEPS_NAMES)) libraries for $(ARCH), once, in a few minutes; logs: $(DEPS_WORK)/*.log"
	@mkdir -p $@ $(DEPS_OUT)/include

$(DEPS_DIST)/.fetched: $(addprefix $(DEPS_HERE)/,deps.lock deps.sha256 fetch.sh) | $(DEPS_OUT)/lib
	@sh $(DEPS_HERE)/fetch.sh $(DEPS_DIST)
	@touch $@

$(DEPS_NAMES:%=$(DEPS_DIST)/%.used): $(DEPS_DIST)/.fetched ;

# $(call deps_once,NAME): for two makes at a time, or what a killed one left running: take the lock, then end here if the
# other has made the target
deps_once = exec 9>$1.lock; flock -n 9 || { echo "deps: waiting for another make to finish $(@:$(CURDIR)/%=%)"; flock 9; }; \
	old= ; for f in $^; do [ $@ -nt $$f ] || old=yes; done; [ "$$old" ] || exit 0

$(DEPS_NAMES:%=$(DEPS_SRC)/.%): $(DEPS_SRC)/.%: $(DEPS_DIST)/%.used $(DEPS_HERE)/unpack.sh
	@mkdir -p $(DEPS_SRC)
	@$(call deps_once,$(DEPS_SRC)/$*); sh $(DEPS_HERE)/unpack.sh $(DEPS_DIST) $* $(DEPS_SRC)/$* && touch $@

# Build. Each recipe below is a shell script, kept as work/$(ARCH)/LIBRARY.sh and written only when its text changes:
# that, or new sources, rebuilds a library. It runs in a fresh folder with a clean environment, so neither the caller's
# CFLAGS nor the remains of an interrupted build can get in. Of make's flags only the job server is handed down, and
# -n ("*n*" below) is obeyed, since the leading + makes these lines run even then.

$(DEPS_NAMES:%=$(DEPS_WORK)/%.sh): export DEPS_RECIPE = $(deps_$(basename $(@F)))
$(DEPS_NAMES:%=$(DEPS_WORK)/%.sh): deps-force
	@mkdir -p $(@D)
	@printf '%s\n' "$$DEPS_RECIPE" | cmp -s - $@ || printf '%s\n' "$$DEPS_RECIPE" >$@

$(DEPS_STAMPS): $(DEPS_OUT)/.%: $(DEPS_WORK)/%.sh $(DEPS_SRC)/.% | $(DEPS_OUT)/lib
	+@jobs= ; for f in $$MAKEFLAGS; do \
		case $$f in --) break ;; -j*|--jobserver*) jobs="$$jobs $$f" ;; -*) ;; *n*) exit 0 ;; esac; done; \
	$(call deps_once,$(DEPS_WORK)/$*); rm -rf $@ $(DEPS_WORK)/$*; mkdir -p $(DEPS_WORK)/$*; \
	read -r name version how <$(DEPS_DIST)/$*.used; version=$${version#*:}; version=$${version%-*}; \
	start=$$(date +%s); log=$(DEPS_WORK)/$*.log; \
	if (cd $(DEPS_WORK)/$* && exec env -i PATH="$$PATH" HOME="$$PWD" LC_ALL=C SOURCE_DATE_EPOCH=0 \
	    version=$$version MAKEFLAGS="$${jobs:--j$$(nproc)}" sh -ex ../$*.sh) >$$log 2>&1 </dev/null; then \
		echo "deps: $* $$version ($(ARCH)) ... $$(($$(date +%s) - start)) s"; touch $@; \
	else \
		tail -n 20 $$log | cut -c 1-300 >&2; \
		echo "deps: $* $$version ($(ARCH)) failed; the end of its log is above, all of it in $$log" >&2; exit 1; \
	fi

# libarchive and curl look for zlib and OpenSSL when they are configured
$(DEPS_OUT)/.libarchive: $(DEPS_OUT)/.zlib
$(DEPS_OUT)/.curl: $(DEPS_OUT)/.zlib $(DEPS_OUT)/.openssl

# Without unwind tables the programs are a tenth smaller; C has no exceptions, and release builds no debugger.
DEPS_CFLAGS := -Os -ffunction-sections -fdata-sections -fPIE -fno-asynchronous-unwind-tables \
	-fstack-protector-strong -fstack-clash-protection $(if $(filter aarch64,$(ARCH)),-mbranch-protection=standard)
DEPS_FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
DEPS_HOST := $(if $(DEPS_CROSS),--host=$(ARCH)-linux-gnu)

# OpenSSL: TLS 1.2 and 1.3, PEM, PKCS#12. no-module builds in the legacy provider (RC2-40 of old PKCS#12 files);
# no-autoload-config and no-dso keep it from reading openssl.cnf and from loading code; no-ui-console: a missing pass
# phrase is an error, not a prompt. The secure heap stays. An option that this version of OpenSSL has not is left out.
# The AVX-512 versions of AES-GCM and AES-XTS are 0.7 MB of unrolled code: their generators, told of an old assembler,
# write empty ones, and the AES-NI versions are used.
DEPS_OPENSSL_OFF := \
	shared module dso engine async autoload-config ui-console filenames sock dgram http ktls afalgeng \
	tests apps docs makedepend comp trace ssl-trace thread-pool default-thread-pool \
	dtls quic sctp srtp srp psk nextprotoneg ct ts cms cmp ocsp rfc3779 multiblock weak-ssl-ciphers \
	integrity-only-ciphers tls-deprecated-ec ec2m dsa gost ml-dsa slh-dsa lms argon2 scrypt \
	aria bf blake2 camellia cast idea md4 mdc2 ocb rmd160 seed siphash siv sm2 sm3 sm4 whirlpool

define deps_openssl
src=../../../src/openssl
known=" $$(sed -n '/@disablables = (/,/);/s/[",]//gp' $$src/Configure | xargs) "
off=
for feature in $(DEPS_OPENSSL_OFF); do
	case $$known in *" $$feature "*) off="$$off no-$$feature" ;; esac
done
perl $$src/Configure linux-$(ARCH) $(DEPS_CROSS:%=--cross-compile-prefix=%) \
	--prefix=/usr --libdir=lib --openssldir=/etc/ssl no-ssl3 no-tls1 no-tls1_1 $$off \
	CFLAGS='$(DEPS_CFLAGS)' CPPFLAGS='$(DEPS_FORTIFY)'
for asm in modes/aes-gcm-avx512 aes/aesni-xts-avx512; do
	if grep -q "^crypto/$$asm.s:" Makefile; then
		mkdir -p crypto/$${asm%/*}
		CC='echo GNU assembler version 2.20;:' perl $$src/crypto/$${asm%/*}/asm/$${asm#*/}.pl elf crypto/$$asm.s
	fi
done
make build_libs
mkdir -p $(DEPS_OUT)/include/openssl
cp $$src/include/openssl/*.h include/openssl/*.h $(DEPS_OUT)/include/openssl/
cp libssl.a libcrypto.a $(DEPS_OUT)/lib/
endef

# curl: http and https only. glibc's resolver in a thread gave the right answer in every container network tried.
# No CA is built in: the program names the one it trusts. No proxy, no cookie, no file of the user's is read.
DEPS_CURL_DISABLE := \
	shared dependency-tracking maintainer-mode ares manual docs libcurl-option \
	ftp file ipfs ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp gopher mqtt websockets unix-sockets \
	openssl-auto-load-config proxy cookies netrc alt-svc hsts doh mime form-api dateparse get-easy-options \
	progress-meter ntlm tls-srp aws digest-auth kerberos-auth negotiate-auth
DEPS_CURL_WITHOUT := \
	ca-bundle ca-path libpsl libidn2 nghttp2 nghttp3 ngtcp2 brotli zstd gssapi libssh2 librtmp libgsasl

define deps_curl
src=../../../src/curl
$$src/configure $(DEPS_HOST) --prefix=/usr --with-openssl=$(DEPS_OUT) --with-zlib=$(DEPS_OUT) \
	--enable-threaded-resolver $(DEPS_CURL_DISABLE:%=--disable-%) $(DEPS_CURL_WITHOUT:%=--without-%) \
	CFLAGS='$(DEPS_CFLAGS)' CPPFLAGS='$(DEPS_FORTIFY)' LDFLAGS=-static LIBS=-lpthread
make -C lib libcurl.la
mkdir -p $(DEPS_OUT)/include/curl
cp $$src/include/curl/*.h $(DEPS_OUT)/include/curl/
cp lib/.libs/libcurl.a $(DEPS_OUT)/lib/
endef

# libarchive: without the libraries of other formats; the linker takes only the formats that the program names
DEPS_ARCHIVE_DISABLE := \
	shared dependency-tracking maintainer-mode bsdtar bsdcat bsdcpio bsdunzip acl xattr
DEPS_ARCHIVE_WITHOUT := \
	openssl nettle mbedtls xml2 expat bz2lib lzma zstd lz4 lzo2 libb2 iconv

define deps_libarchive
../../../src/libarchive/configure $(DEPS_HOST) --prefix=/usr \
	$(DEPS_ARCHIVE_DISABLE:%=--disable-%) $(DEPS_ARCHIVE_WITHOUT:%=--without-%) \
	CFLAGS='$(DEPS_CFLAGS)' CPPFLAGS='$(DEPS_FORTIFY) -I$(DEPS_OUT)/include' LDFLAGS=-L$(DEPS_OUT)/lib
make libarchive.la
cp ../../../src/libarchive/libarchive/archive.h ../../../src/libarchive/libarchive/archive_entry.h $(DEPS_OUT)/include/
cp .libs/libarchive.a $(DEPS_OUT)/lib/
endef

define deps_zlib
CHOST=$(patsubst %-,%,$(DEPS_CROSS)) CFLAGS='$(DEPS_CFLAGS) $(DEPS_FORTIFY)' ../../../src/zlib/configure --static --prefix=/usr
make libz.a
cp zconf.h ../../../src/zlib/zlib.h $(DEPS_OUT)/include/
cp libz.a $(DEPS_OUT)/lib/
endef

define deps_cjson
$(DEPS_CROSS)gcc $(DEPS_CFLAGS) $(DEPS_FORTIFY) -c ../../../src/cjson/cJSON.c
$(DEPS_CROSS)ar rcs libcjson.a cJSON.o
mkdir -p $(DEPS_OUT)/include/cjson
cp ../../../src/cjson/cJSON.h $(DEPS_OUT)/include/cjson/
cp libcjson.a $(DEPS_OUT)/lib/
endef

# libyaml: its tarball has no configure script, and needs none
define deps_libyaml
src=../../../src/libyaml
IFS=. read -r major minor patch <<-version
	$$version
version
$(DEPS_CROSS)gcc $(DEPS_CFLAGS) $(DEPS_FORTIFY) -I$$src/include -DYAML_VERSION_STRING="\"$$version\"" \
	-DYAML_VERSION_MAJOR=$$major -DYAML_VERSION_MINOR=$$minor -DYAML_VERSION_PATCH=$$patch -c $$src/src/*.c
$(DEPS_CROSS)ar rcs libyaml.a *.o
cp $$src/include/yaml.h $(DEPS_OUT)/include/
cp libyaml.a $(DEPS_OUT)/lib/
endef
