# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a person wants to do, one target each. The work is in scripts/ and
# tests/; QEMU itself is built by its own build system. "make help" lists the
# targets.

BASE ?= 10.0
PREFIX ?= /usr/local
DESTDIR ?=

# Ninja uses all processors by itself; two builds at once would only compete.
.NOTPARALLEL:
.PHONY: all packages stock tools run check check-e2e bench series install clean distclean help

all: packages
	@scripts/build-tree $(BASE)

packages:
	@scripts/install-packages

stock: packages
	@scripts/build-tree $(BASE)-stock

tools: packages
	@scripts/build-tools

run: all
ifdef DEVICE
	@scripts/run-device "$(DEVICE)" $(RUN_OPTIONS)
else
	@scripts/build-tree $(BASE)-stock
	@scripts/build-tools
	@tests/guest/run-storm --stock build/$(BASE)-stock/qemu-system-x86_64 \
		--ours build/$(BASE)/qemu-system-x86_64 $(RUN_OPTIONS)
	@echo
	@tests/guest/run-intx --stock build/$(BASE)-stock/qemu-system-ppc64 \
		--ours build/$(BASE)/qemu-system-ppc64 $(INTX_OPTIONS)
endif

check: packages
	@scripts/build-for-check
	@tests/check $(if $(SUITE),--suite '$(SUITE)') $(CHECK_OPTIONS)

# The outermost machine is the default base's stock build, whatever BASE is.
check-e2e: all
	@scripts/build-tree $(BASE)-stock
	@scripts/build-tree 10.0-stock
	@tests/e2e/check-e2e $(BASE) '$(CASE)' $(SCALE)

bench: all
	@scripts/build-tree $(BASE)-stock
	@scripts/build-tools
	@tests/bench/bench --stock build/$(BASE)-stock/qemu-system-x86_64 \
		--ours build/$(BASE)/qemu-system-x86_64 $(BENCH_OPTIONS)

series: packages
	@./configure --base=$(BASE)
	@./configure --base=$(BASE) --stock
	@scripts/make-series $(BASE)
	@tests/setup/series-test $(BASE)

install: all
	@scripts/install-qemu $(BASE) "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf build dist subprojects/qemu-*/build

distclean: clean
	rm -rf subprojects

define HELP
make             build QEMU with the set: build/10.0/qemu-system-x86_64 and -ppc64
make run         run guests on stock QEMU and on ours, side by side: a storm of
                 MSI-X moves, and INTx on pseries; RUN_OPTIONS="--moves 1000"
                 is for the first, INTX_OPTIONS="--count 1000" for the second
make run DEVICE=0000:65:00.0 RUN_OPTIONS="-m 4G -drive file=disk.qcow2"
                 start ours with a real assigned device
make check       run all tests; SUITE=NAME runs one suite
make check-e2e   run the tests with real kernels alone, in full; writes docs/results.md
make check-e2e CASE=msix/nvme-mask SCALE=4
                 one of them, four times as long, with its console on the screen
make bench       measure both, side by side; writes docs/bench.png
make stock       build the same QEMU without the set: build/10.0-stock/
make series      write the set for quilt and git am to dist/qemu-*/, and prove it
make install     install the emulators below DESTDIR and PREFIX (/usr/local)
make packages    install the missing Debian packages of scripts/packages
make clean       remove what was built; make distclean also what was obtained

BASE=10.2 selects the QEMU release line (default 10.0). For a QEMU source tree
of your own: ./configure --qemu-source=DIR, then make. ./configure --help says more.
endef
export HELP

help:
	@echo "$$HELP"
