# SPDX-License-Identifier: GPL-2.0
# The front door: each target is a thin front of scripts/svacheck, which does the work.
#
# make exits 2 for whatever fails. ./scripts/check and scripts/svacheck tell a broken
# rule (1) from trouble (2).

# Values reach the shell through the environment, so a path may have spaces in it
export KDIR KERNEL SUITE J IMPL LANE BOOTS STRESS KERNELS LANES BASE HEAD MBOX GOOD BAD RULE BENCH
export PROFILE DEVICE RUN ROUNDS WAIVERS OUT FILE DRIVER ONLY METRIC

run_options = $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR") \
	$(if $(SUITE),--suite "$$SUITE") $(if $(J),--jobs "$$J")
check_options = $(run_options) $(if $(IMPL),--impl "$$IMPL") \
	$(if $(LANE),--lane "$$LANE") $(if $(BOOTS),--boots "$$BOOTS") $(if $(STRESS),--stress "$$STRESS") \
	$(if $(ALLOW_KNOWN),--allow-known) $(if $(STRICT),--strict) $(if $(JSON),--json) $(if $(V),-v) $(if $(Q),-q)

how_options = $(if $(KDIR),--kdir "$$KDIR") $(if $(SUITE),--suite "$$SUITE") \
	$(if $(J),--jobs "$$J") $(if $(IMPL),--impl "$$IMPL") $(if $(LANE),--lane "$$LANE") \
	$(if $(STRICT),--strict) $(if $(JSON),--json) $(if $(V),-v) $(if $(Q),-q)

# $(call svacheck,COMMAND): ./scripts/check asks for the exit status in a file
svacheck = @env -u SVACHECK_STATUS scripts/svacheck $(1); status=$$?; \
	if [ -n "$$SVACHECK_STATUS" ]; then echo $$status >"$$SVACHECK_STATUS"; \
	else exit $$status; fi

matrix_options = $(if $(KERNELS),--kernels "$$KERNELS") $(if $(LANES),--lanes "$$LANES") \
	$(if $(J),--jobs "$$J") $(if $(ALLOW_KNOWN),--allow-known) $(if $(JSON),--json)
certify_options = --profile "$$PROFILE" $(if $(LANE),--lane "$$LANE") \
	$(if $(DEVICE),--device "$$DEVICE") $(if $(RUN),--run "$$RUN") \
	$(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR") $(if $(J),--jobs "$$J") \
	$(if $(ROUNDS),--rounds "$$ROUNDS") $(if $(WAIVERS),--waivers "$$WAIVERS") \
	$(if $(BENCH),--bench "$$BENCH") $(if $(OUT),--out "$$OUT") $(if $(JSON),--json)
kit_options = $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR") \
	$(if $(DRIVER),--driver "$$DRIVER") $(if $(OUT),--out "$$OUT") $(if $(J),--jobs "$$J")
broken_options = $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR") \
	$(if $(J),--jobs "$$J") $(if $(JSON),--json)

.PHONY: help deb roots check selftests matrix gate bisect certify verify kit import proof mutants broken-drivers coverage bench bench-power bench-history bench-self dashboard serve test test-all lint list rules clean distclean

help: ## list the targets (what make does by itself)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Settings of make check, gate and bisect, each as NAME=value:'
	@awk -F ' = ' '/^#= / { sub(/^#= /, ""); printf "  %-8s %s\n", $$1, $$2 }' Makefile

#= KERNEL = a kernel of configs/kernels.toml, such as 6.1
#= KDIR = the path of any kernel tree; it is never written to
#= SUITE = only the suites or cases that match this glob
#= J = so many jobs at once (as many as there are processors)
#= IMPL = a folder with one more implementation to judge
#= LANE = a lane of configs/lanes.toml (uml)
#= BOOTS = boot so many times and compare the verdicts
#= STRESS = of make selftests: the program stress goes on so many seconds
#= STRICT = 1: a broken rule about a detail fails the run too
#= ALLOW_KNOWN = 1: no failure if nothing but known issues fails
#= JSON = 1: the record of the run on standard output
#= V = 1: show each external command
#= Q = 1: show nothing but the verdict
#= BASE = of make gate: a stored run, a kernel, a kernel tree, or a revision of KDIR
#= HEAD = what is compared with BASE, named in the same way
#= MBOX = a patch series as a file, applied to BASE, in place of HEAD
#= FRESH = 1: of make gate: build and boot also what a stored run of today's suites is of
#= BENCH = 1: of make gate: time both as well; or the boots of each, at most
#= GOOD = of make bisect: a revision of KDIR that keeps RULE
#= BAD = a later one that breaks it
#= RULE = the id of a rule
check: ## judge a kernel: build it with the suites, boot it, report which rules it keeps
	$(call svacheck,check $(check_options))

selftests: LANE := $(or $(LANE),uml-user)
selftests: ## judge a kernel by programs that bind a device to their memory; takes what check takes
	$(call svacheck,check $(check_options))

#= KERNELS = of make matrix: these kernels, with commas in between (all)
#= LANES = of make matrix: these lanes, with commas in between (uml)
matrix: ## judge every kernel in every lane, one after the other: a table kernel x rule
	$(call svacheck,matrix $(matrix_options))

gate: ## does HEAD (or a series, MBOX) make it worse than BASE? takes KDIR and what check takes
	$(call svacheck,gate --base "$$BASE" $(if $(HEAD),--head "$$HEAD") \
		$(if $(MBOX),--mbox "$$MBOX") $(if $(FRESH),--fresh) \
		$(if $(BENCH),--bench$(if $(filter-out 1,$(BENCH)),="$$BENCH")) $(how_options))

bisect: ## the commit between GOOD and BAD, revisions of KDIR, that broke RULE
	$(call svacheck,bisect --good "$$GOOD" --bad "$$BAD" --rule "$$RULE" $(how_options))

#= PROFILE = of make certify: one of svacheck profiles, or a file
#= DEVICE = in place of LANE: a device of which a run of a kit is imported
#= RUN = a stored run, in place of LANE
#= ROUNDS = so many boots of each lane (as the profile demands)
#= BENCH = a session of make bench on the same kernel, for the certificate to sum up
#= WAIVERS = a file in place of configs/waivers.toml
#= OUT = a folder for the certificate, the kit, the dashboard or the package (below results/)
#= METRIC = of make bench-history: only the metrics that match this glob
#= FILE = of make verify: a certificate, by its folder or one of its files; of make import: results
#= DRIVER = of make kit: this driver of selftests/drivers alone
certify: ## certify a driver by PROFILE, in LANE or LANE,LANE: a certificate with all its evidence
	$(call svacheck,certify $(certify_options))

verify: ## is the certificate FILE what its evidence gives?
	$(call svacheck,verify "$$FILE")

kit: ## one archive that tries a device on another machine; takes KERNEL, KDIR, DRIVER, OUT
	$(call svacheck,kit $(kit_options))

import: ## take in FILE, which a kit has brought back, as a run
	$(call svacheck,import "$$FILE")

broken-drivers: ## drivers that each break one rule: is each caught by it?
	$(call svacheck,broken-drivers $(broken_options))

proof: ## all that shows what the suites would catch, on one page; takes KERNEL, KDIR
	$(call svacheck,proof $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR"))

coverage: ## which lines and branches of kunit/ the suites reach; takes KERNEL, KDIR, SUITE, J
	$(call svacheck,coverage $(run_options))

bench: ## how long calls take; with BASE and HEAD, kernels or trees: is HEAD slower? takes KERNEL, KDIR, J
	$(call svacheck,bench $(if $(BASE),--base "$$BASE" --head "$$HEAD", \
		$(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR")) $(if $(J),--jobs "$$J"))

bench-power: ## how often make bench is wrong: false alarms, and slow-downs of 1 to 10 % found; takes KERNEL
	$(call svacheck,bench-power $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR"))

bench-history: ## over the stored sessions of make bench: has anything become slower? takes KERNEL, METRIC
	$(call svacheck,bench-history $(if $(KERNEL),--kernel "$$KERNEL") \
		$(if $(METRIC),--metric "$$METRIC") $(if $(JSON),--json))

#= ONLY = of make bench-self: cold,noop,edit,matrix,mutants, or some of them
bench-self: ## how long the suite itself takes, and took before; takes ONLY, KERNEL, KERNELS, LANE, J
	$(call svacheck,bench-self $(if $(ONLY),--only "$$ONLY") $(if $(KERNEL),--kernel "$$KERNEL") \
		$(if $(KERNELS),--kernels "$$KERNELS") $(if $(LANE),--lane "$$LANE") \
		$(if $(J),--jobs "$$J") $(if $(JSON),--json))

dashboard: ## what is stored, as a site of pages (results/dashboard); takes OUT
	$(call svacheck,dashboard $(if $(OUT),--out "$$OUT"))

serve: ## look at the dashboard in a browser of this machine, until Ctrl-C
	$(call svacheck,serve)

test: ## the project's own tests, lint included
	$(call svacheck,selftest)

test-all: ## the project's own tests with the slow ones
	$(call svacheck,selftest --all)

mutants: ## change the code under test place by place, and see whether a rule breaks each time
	$(call svacheck,mutants $(if $(KERNEL),--kernel "$$KERNEL") $(if $(KDIR),--kdir "$$KDIR") \
		$(if $(J),--jobs "$$J") $(if $(V),-v) $(if $(Q),-q) $(if $(JSON),--json))

deb: ## the Debian package of this checkout; takes OUT
	@scripts/deb $(if $(OUT),"$$OUT")

roots: ## the two commands that the README begins with, in fresh roots of Debian 12 and 13
	@scripts/roots

lint: ## style and type checks alone
	$(call svacheck,lint)

list: ## the suites and cases there are
	$(call svacheck,list)

rules: ## the rules of the contract, with their sources
	$(call svacheck,rules)

clean: ## remove working copies and builds from the cache
	$(call svacheck,clean)

distclean: ## remove the whole cache: unpacked trees and the compiler cache too
	$(call svacheck,clean --all)
