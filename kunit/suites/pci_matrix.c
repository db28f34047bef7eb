// SPDX-License-Identifier: GPL-2.0
/*
 * Fabrics by the hundred: in each of a dozen topologies the Access Control
 * Services of one function are varied, and what a PASID of a function comes to is
 * held against the model. All other functions isolate, so that the one varied is
 * the only reason there can be for a refusal.
 */
#include "pci_model.h"
#include "svac.h"

#define PASID		5
/* At most, and one that ends the table */
#define FUNCTIONS	8
/* As many as make_rows() makes: a row that gets lost is noticed */
#define ROWS		1098

#define ALL		{ true, MOCK_PCI_ACS_ALL, MOCK_PCI_ACS_ALL }
#define PASIDS		{ true, 20 }

/**
 * struct topology - one fabric, and which of it is in question
 * @name: first part of the rows' names
 * @functions: those above before those below
 * @positions: a bit for each function that sets a PASID
 * @varied: a bit for each function whose ACS is varied
 * @thorough: of those the ones that see every combination
 */
struct topology {
	const char *name;
	struct mock_pci_function functions[FUNCTIONS];
	u8 positions;
	u8 varied;
	u8 thorough;
};

static const struct topology topologies[] = {
	{
		.name = "rciep",
		.functions = {
			{ "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0), .pasid = PASIDS },
		},
		.positions = BIT(0),
		.varied = BIT(0),
	}, {
		.name = "rciep-mf",
		.functions = {
			{ "ep0", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 0),
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
			{ "ep1", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(2, 1),
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
		},
		.positions = BIT(0) | BIT(1),
		.varied = BIT(0),
	}, {
		.name = "port",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "ep", MOCK_PCI_ENDPOINT, .below = "rp", .pasid = PASIDS },
		},
		.positions = BIT(1),
		.varied = BIT(0) | BIT(1),
		.thorough = BIT(0),
	}, {
		.name = "port-mf",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "ep0", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 0),
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
			{ "ep1", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1),
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
		},
		.positions = BIT(1) | BIT(2),
		.varied = BIT(0) | BIT(1),
		.thorough = BIT(1),
	}, {
		.name = "legacy-growable",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "ep", MOCK_PCI_LEGACY_ENDPOINT, .below = "rp",
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
		},
		.positions = BIT(1),
		.varied = BIT(1),
	}, {
		.name = "ports-mf",
		.functions = {
			{ "rp0", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0),
			  .multifunction = true, .acs = ALL },
			{ "rp1", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 1),
			  .multifunction = true, .acs = ALL },
			{ "ep0", MOCK_PCI_ENDPOINT, .below = "rp0", .pasid = PASIDS },
			{ "ep1", MOCK_PCI_ENDPOINT, .below = "rp1", .pasid = PASIDS },
		},
		.positions = BIT(2) | BIT(3),
		.varied = BIT(0),
	}, {
		.name = "switch",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "up", MOCK_PCI_UPSTREAM_PORT, .below = "rp" },
			{ "dn0", MOCK_PCI_DOWNSTREAM_PORT, .below = "up",
			  .devfn = PCI_DEVFN(0, 0), .acs = ALL },
			{ "dn1", MOCK_PCI_DOWNSTREAM_PORT, .below = "up",
			  .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "ep0", MOCK_PCI_ENDPOINT, .below = "dn0", .pasid = PASIDS },
			{ "ep1", MOCK_PCI_ENDPOINT, .below = "dn1", .pasid = PASIDS },
		},
		.positions = BIT(4) | BIT(5),
		.varied = BIT(0) | BIT(2),
		.thorough = BIT(2),
	}, {
		.name = "switch-mf",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "up", MOCK_PCI_UPSTREAM_PORT, .below = "rp",
			  .multifunction = true, .acs = ALL },
			{ "dma", MOCK_PCI_ENDPOINT, .below = "rp", .devfn = PCI_DEVFN(0, 1),
			  .multifunction = true, .acs = ALL, .pasid = PASIDS },
			{ "dn", MOCK_PCI_DOWNSTREAM_PORT, .below = "up", .acs = ALL },
			{ "ep", MOCK_PCI_ENDPOINT, .below = "dn", .pasid = PASIDS },
		},
		.positions = BIT(2) | BIT(4),
		.varied = BIT(1),
	}, {
		.name = "switch2",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "up0", MOCK_PCI_UPSTREAM_PORT, .below = "rp" },
			{ "dn0", MOCK_PCI_DOWNSTREAM_PORT, .below = "up0", .acs = ALL },
			{ "up1", MOCK_PCI_UPSTREAM_PORT, .below = "dn0" },
			{ "dn1", MOCK_PCI_DOWNSTREAM_PORT, .below = "up1", .acs = ALL },
			{ "ep", MOCK_PCI_ENDPOINT, .below = "dn1", .pasid = PASIDS },
		},
		.positions = BIT(5),
		.varied = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4),
	}, {
		.name = "vf",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .vf_offset = 8,
			  .pasid = PASIDS },
			{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
		},
		.positions = BIT(1) | BIT(2),
		.varied = BIT(0) | BIT(1) | BIT(2),
	}, {
		.name = "vf-on-virtual-bus",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "pf", MOCK_PCI_ENDPOINT, .below = "rp", .multifunction = true,
			  .vf_offset = 256, .acs = ALL, .pasid = PASIDS },
			{ "vf", MOCK_PCI_VIRTUAL, .physfn = "pf" },
		},
		.positions = BIT(1) | BIT(2),
		.varied = BIT(0) | BIT(1),
	}, {
		.name = "bridges",
		.functions = {
			{ "rp", MOCK_PCI_ROOT_PORT, .devfn = PCI_DEVFN(1, 0), .acs = ALL },
			{ "br", MOCK_PCI_PCIE_TO_PCI, .below = "rp" },
			{ "old", MOCK_PCI_CONVENTIONAL, .below = "br", .devfn = PCI_DEVFN(1, 0) },
			{ "rev", MOCK_PCI_PCI_TO_PCIE, .below = "br", .devfn = PCI_DEVFN(2, 0) },
			{ "ep", MOCK_PCI_ENDPOINT, .below = "rev", .pasid = PASIDS },
		},
		.positions = BIT(2) | BIT(4),
		.varied = BIT(0),
	}, {
		.name = "collector",
		.functions = {
			{ "ec", MOCK_PCI_EVENT_COLLECTOR, .devfn = PCI_DEVFN(2, 0),
			  .pasid = PASIDS },
			{ "ep", MOCK_PCI_RCIEP, .devfn = PCI_DEVFN(3, 0), .pasid = PASIDS },
		},
		.positions = BIT(0) | BIT(1),
		.varied = BIT(0),
	},
};

/**
 * struct matrix_row - one fabric and one function of it
 * @name: where it says all the rest
 * @topology: which
 * @varied: the function whose ACS is varied
 * @acs: to what
 * @position: the function that sets a PASID
 * @own_groups: the driver gives each function a group, so that the walk decides
 * @text: what @name points to
 */
struct matrix_row {
	const char *name;
	const struct topology *topology;
	u8 varied;
	u8 position;
	bool own_groups;
	struct mock_pci_acs acs;
	char text[72];
};

static struct matrix_row rows[ROWS];
static unsigned int made;

static const struct {
	u16 bit;
	const char *name;
} services[] = {
	{ PCI_ACS_SV, "SV" },
	{ PCI_ACS_RR, "RR" },
	{ PCI_ACS_CR, "CR" },
	{ PCI_ACS_UF, "UF" },
};

/* "all", "none", "-RR" for all but one, or "SV+UF" */
static int print_bits(char *text, size_t size, u16 bits)
{
	bool but_one = hweight16(bits) == ARRAY_SIZE(services) - 1;
	unsigned int i;
	int length = 0;

	if (!bits || bits == MOCK_PCI_ACS_ALL)
		return scnprintf(text, size, bits ? "all" : "none");
	for (i = 0; i < ARRAY_SIZE(services); i++)
		if (but_one != !!(bits & services[i].bit))
			length += scnprintf(text + length, size - length, "%s%s",
					    but_one ? "-" : length ? "+" : "",
					    services[i].name);
	return length;
}

static void print_name(struct matrix_row *row)
{
	const struct mock_pci_function *functions = row->topology->functions;
	size_t size = sizeof(row->text);
	char *text = row->text;
	int n;

	n = scnprintf(text, size, "%s.%s=", row->topology->name, functions[row->varied].name);
	if (row->acs.there) {
		n += scnprintf(text + n, size - n, "cap:");
		n += print_bits(text + n, size - n, row->acs.cap);
		n += scnprintf(text + n, size - n, ",ctl:");
		n += print_bits(text + n, size - n, row->acs.ctl);
	} else {
		n += scnprintf(text + n, size - n, "no-acs");
	}
	scnprintf(text + n, size - n, ".%s%s", functions[row->position].name,
		  row->own_groups ? ".own-groups" : "");
	row->name = text;
}

static void make_row(const struct topology *topology, u8 varied, u8 position,
		     bool own_groups, const struct mock_pci_acs *acs)
{
	struct matrix_row *row = &rows[min_t(unsigned int, made, ROWS - 1)];

	row->topology = topology;
	row->varied = varied;
	row->position = position;
	row->own_groups = own_groups;
	row->acs = *acs;
	print_name(row);
	made++;
}

/* One service less, in the capability or in the controls, and the extremes */
static bool is_edge(const struct mock_pci_acs *acs)
{
	if (!acs->there || !acs->cap)
		return true;
	if (acs->cap == MOCK_PCI_ACS_ALL)
		return !acs->ctl || hweight16(acs->ctl) >= ARRAY_SIZE(services) - 1;
	return hweight16(acs->cap) == ARRAY_SIZE(services) - 1 && acs->ctl == acs->cap;
}

static void make_rows_of(const struct topology *topology, u8 varied, u8 position)
{
	bool thorough = topology->thorough & BIT(varied);
	struct mock_pci_acs acs = { };
	bool first = position == __ffs(topology->positions);
	u16 cap, ctl;

	make_row(topology, varied, position, false, &acs);
	make_row(topology, varied, position, true, &acs);
	acs.there = true;
	for (cap = 0; cap <= MOCK_PCI_ACS_ALL; cap++) {
		for (ctl = 0; ctl <= cap; ctl++) {
			if ((cap & ~MOCK_PCI_ACS_ALL) || (ctl & ~cap))
				continue;
			acs.cap = cap;
			acs.ctl = ctl;
			if (is_edge(&acs))
				make_row(topology, varied, position, false, &acs);
			if (is_edge(&acs) || (thorough && first))
				make_row(topology, varied, position, true, &acs);
		}
	}
}

static void make_rows(void)
{
	const struct topology *topology;
	u8 varied, position;

	made = 0;
	for (topology = topologies; topology < topologies + ARRAY_SIZE(topologies); topology++)
		for (varied = 0; varied < FUNCTIONS; varied++)
			for (position = 0; position < FUNCTIONS; position++)
				if ((topology->varied & BIT(varied)) &&
				    (topology->positions & BIT(position)))
					make_rows_of(topology, varied, position);
	WARN(made != ROWS, "%u rows were made, %u are planned\n", made, ROWS);
}

SVAC_MADE_ROWS(rows, make_rows)

/* The functions that the kernel has put into a group, as the model has them */
static u32 members(const struct mock_pci_function *functions, unsigned int count,
		   struct iommu_group *group)
{
	struct pci_dev *pdev;
	unsigned int i;
	u32 mask = 0;

	for (i = 0; i < count; i++) {
		pdev = mock_pci_get(functions[i].name);
		if (pdev && pdev->dev.iommu_group == group)
			mask |= BIT(i);
		pci_dev_put(pdev);
	}
	return mask;
}

static void set_answers_as_the_fabric_demands(struct kunit *test)
{
	const struct matrix_row *row = to_svac(test)->row;
	struct mock_pci_function functions[FUNCTIONS];
	struct svac_process *process;
	struct pci_verdict verdict;
	struct iommu_domain *domain;
	unsigned int count = 0;
	struct device *dev;

	svac_rules(test, "GRP-015", "GRP-016");
	memcpy(functions, row->topology->functions, sizeof(functions));
	functions[row->varied].acs = row->acs;
	while (functions[count].name)
		functions[count++].config.own_group = row->own_groups;
	verdict = pci_model(functions, row->position, false);

	svac_pci(test, functions);
	dev = svac_pci_device(test, functions[row->position].name);
	KUNIT_EXPECT_EQ(test, members(functions, count, dev->iommu_group), verdict.group);
	/* Elsewhere the fabric decides on groups, and these on PASIDs */
	if (!(to_svac(test)->impl->traits & SVAC_SINGLETON))
		return;
	process = svac_process(test);
	domain = svac_sva_domain(test, dev, process);
	svac_expect_ret(test, svac_set(test, domain, dev, PASID), verdict.ret);
	svac_expect_calls(test, MOCK_SET, MOCK_ANY_TYPE, verdict.ret ? 0 : 1);
	if (verdict.ret)
		svac_expect_no_reach(test, dev, PASID, process);
	else
		svac_expect_reach(test, dev, PASID, process);
}

static struct kunit_case pci_matrix_cases[] = {
	SVAC_CASE_ROWS(set_answers_as_the_fabric_demands, rows),
	{ }
};

SVAC_SUITE(svac_pci_matrix, pci_matrix_cases);
