// SPDX-License-Identifier: GPL-2.0
/*
 * A model of isolation on PCI, after the PCI Express Base Specification r6.0 and
 * Documentation/driver-api/vfio.rst ("Groups, Devices, and IOMMUs"). It shares
 * no code with the kernel and never looks at the kernel's view of the fabric, so
 * that agreement means something.
 *
 * Requests are routed by address, and the PASID is no part of it (6.20.1): one
 * with an address of a process goes to a peer if the fabric takes it for the
 * peer's. Access Control Services (6.12) keep it from that.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "pci_model.h"

struct fabric {
	const struct mock_pci_function *functions;
	unsigned int count;
	bool acs_requested;
};

/* What vendors have said of their devices, among those the suites use */
enum vendor_says { NOTHING, ISOLATES, ISOLATES_NOT };

static enum vendor_says vendor_says(const struct mock_pci_function *function)
{
	bool port = function->type == MOCK_PCI_ROOT_PORT ||
		    function->type == MOCK_PCI_DOWNSTREAM_PORT;

	switch (function->vendor) {
	case 0x19a2: /* Emulex: functions of one adapter do not talk to each other */
		return function->device == 0x0710 ? ISOLATES : NOTHING;
	case 0x1def: /* Ampere: root ports do not forward to each other */
		return function->device == 0xe005 ? ISOLATES : NOTHING;
	case 0x8086: /* Intel: VT-d, section 3.16, of root complex integrated endpoints */
		return function->type == MOCK_PCI_RCIEP ? ISOLATES : NOTHING;
	case 0x1d17: /* Zhaoxin: these ports, and none but these */
		if (!port)
			return NOTHING;
		return function->device == 0x0710 ? ISOLATES : ISOLATES_NOT;
	case 0x8088: /* Wangxun: these adapters, and none but these */
		return function->device == 0x1001 ? ISOLATES : ISOLATES_NOT;
	default:
		return NOTHING;
	}
}

static const struct mock_pci_function *find(const struct fabric *fabric, const char *name)
{
	unsigned int i;

	for (i = 0; name && i < fabric->count; i++)
		if (!strcmp(fabric->functions[i].name, name))
			return &fabric->functions[i];
	return NULL;
}

/*
 * All four services are at work. 6.12.1.1: a port implements each that it needs,
 * so that one absent from its capability has nothing to keep apart; without the
 * capability nothing is known of the port.
 */
static bool controls(const struct fabric *fabric, const struct mock_pci_acs *acs)
{
	static const u16 services[] = { PCI_ACS_SV, PCI_ACS_RR, PCI_ACS_CR, PCI_ACS_UF };
	unsigned int i;

	if (!acs->there)
		return false;
	for (i = 0; i < ARRAY_SIZE(services); i++)
		if ((acs->cap & services[i]) &&
		    !(acs->ctl & services[i]) && !fabric->acs_requested)
			return false;
	return true;
}

/* A function above 0 is proof of others; the header bit of function 0 a promise */
static bool has_siblings(const struct mock_pci_function *function)
{
	return function->multifunction || PCI_FUNC(function->devfn);
}

/* Does a request that comes out of, or through, a function go nowhere but up */
static bool isolates(const struct fabric *fabric, const struct mock_pci_function *function)
{
	enum vendor_says says = vendor_says(function);

	/*
	 * 6.12.1.2: with SR-IOV the physical and the virtual functions are peers.
	 * Those that can reach each other have ACS, others need none.
	 */
	if ((function->physfn || function->vf_offset) && function->acs.there &&
	    !controls(fabric, &function->acs))
		return false;
	if (says != NOTHING)
		return says == ISOLATES;
	switch (function->type) {
	case MOCK_PCI_ROOT_PORT:
	case MOCK_PCI_DOWNSTREAM_PORT:
		/* 6.12.1.1: peers are the other ports, whatever device they are in */
		return controls(fabric, &function->acs);
	case MOCK_PCI_ENDPOINT:
	case MOCK_PCI_LEGACY_ENDPOINT:
	case MOCK_PCI_RCIEP:
	case MOCK_PCI_UPSTREAM_PORT:
		/* 6.12.1.2 and 6.12.1.3: peers are the functions of the same device */
		return !has_siblings(function) || controls(fabric, &function->acs);
	case MOCK_PCI_VIRTUAL:
		return true;
	default:
		/* On a shared bus everybody hears; 6.12 knows no ACS of bridges */
		return false;
	}
}

static const struct mock_pci_function *next_up(const struct fabric *fabric,
					       const struct mock_pci_function *function)
{
	return find(fabric, function->physfn ?: function->below);
}

static bool isolated_to_root(const struct fabric *fabric,
			     const struct mock_pci_function *function)
{
	for (; function; function = next_up(fabric, function))
		if (!isolates(fabric, function))
			return false;
	return true;
}

/* The bridge that a function's requests come up through */
static const struct mock_pci_function *bridge(const struct fabric *fabric,
					      const struct mock_pci_function *function)
{
	if (function->physfn)
		function = find(fabric, function->physfn);
	return find(fabric, function->below);
}

/*
 * Are two functions in one group on each other's account: what is below a bridge
 * that does not isolate goes with the bridge (behind a conventional one even the
 * requester ID is the bridge's), and so do functions of one device if neither is
 * isolated from the other.
 */
static bool grouped(const struct fabric *fabric, const struct mock_pci_function *a,
		    const struct mock_pci_function *b)
{
	if (bridge(fabric, a) == b)
		return !isolated_to_root(fabric, b);
	if (bridge(fabric, b) == a)
		return !isolated_to_root(fabric, a);
	if (a->physfn || b->physfn || find(fabric, a->below) != find(fabric, b->below) ||
	    PCI_SLOT(a->devfn) != PCI_SLOT(b->devfn))
		return false;
	return !isolates(fabric, a) && !isolates(fabric, b);
}

static u32 group_of(const struct fabric *fabric, unsigned int which)
{
	const struct mock_pci_function *functions = fabric->functions;
	u32 group = BIT(which), before = 0;
	unsigned int i, j;

	while (group != before) {
		before = group;
		for (i = 0; i < fabric->count; i++)
			for (j = 0; j < fabric->count; j++)
				if ((group & BIT(i)) && i != j && !functions[j].absent &&
				    grouped(fabric, &functions[i], &functions[j]))
					group |= BIT(j);
	}
	return group;
}

/**
 * pci_model() - What is to be expected of a function
 * @functions: of the fabric, as given to mock_pci_build(); those absent are not there
 * @which: the function in question
 * @acs_requested: somebody has called pci_request_acs() before the fabric was found
 *
 * Return: the verdict. A driver that gives each function a group of its own
 * makes the group small, but isolates nobody.
 */
struct pci_verdict pci_model(const struct mock_pci_function *functions,
			     unsigned int which, bool acs_requested)
{
	struct fabric fabric = { .functions = functions, .acs_requested = acs_requested };
	const struct mock_pci_function *function = &functions[which];
	const struct mock_pci_function *able;
	struct pci_verdict verdict;

	while (functions[fabric.count].name)
		fabric.count++;
	able = find(&fabric, function->physfn) ?: function;
	verdict.group = function->config.own_group ? BIT(which) : group_of(&fabric, which);
	verdict.isolated = isolated_to_root(&fabric, function);
	if (able->pasid.there && verdict.isolated && verdict.group == BIT(which))
		verdict.ret = 0;
	else
		verdict.ret = -EINVAL;
	return verdict;
}
