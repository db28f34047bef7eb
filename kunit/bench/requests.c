// SPDX-License-Identifier: GPL-2.0
/*
 * The way of a page request: from the device through the IOMMU's queue to the core,
 * to the process whose page it is, and back with the answer.
 */
#include "../mock/prq.h"
#include "bench.h"

/* Pages of a group, at most */
#define GROUP	4

/**
 * struct asking - a device that asks for pages of a process
 * @source: under which PASID
 * @pages: that it asks for
 * @count: of them at a time
 * @answer: the first that was not success
 */
struct asking {
	struct mock_prq_source source;
	u64 pages[GROUP];
	unsigned int count;
	int answer;
};

static void ask(void *data, unsigned int nth)
{
	struct asking *asking = data;
	int answer = mock_prq_ask(&asking->source, asking->pages, asking->count, false);

	if (answer != IOMMU_PAGE_RESP_SUCCESS)
		asking->answer = answer;
}

static void measure(struct kunit *test, struct asking *asking, unsigned int count,
		    const char *name, const char *what)
{
	const struct bench_metric metric = { name, what, "floor.mutex", ask, asking };

	asking->count = count;
	bench_measure(test, &metric);
}

static void requesting(struct kunit *test)
{
	struct asking asking = { .answer = IOMMU_PAGE_RESP_SUCCESS };
	struct svac_process *process;
	struct iommu_sva *handle;
	struct device *dev;
	unsigned int i;

	svac_needs(test, SVAC_BIND, "bind");
	process = svac_process(test);
	dev = svac_device(test, &MOCK_PASIDS);
	handle = svac_bind(test, dev, process);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, handle);
	for (i = 0; i < GROUP; i++)
		asking.pages[i] = process->rw;
	KUNIT_ASSERT_EQ(test, mock_prq_open(&asking.source, mock_prq_of(dev),
					    to_svac(test)->impl->pasid(handle)), 0);
	measure(test, &asking, 1, "request.one", "ask for a page that is there");
	measure(test, &asking, GROUP, "request.group", "ask for four pages at a time");
	mock_prq_close(&asking.source);
	KUNIT_EXPECT_EQ(test, asking.answer, IOMMU_PAGE_RESP_SUCCESS);
}

static struct kunit_case requests_cases[] = {
	SVAC_CASE(requesting),
	{ }
};

BENCH_SUITE(svac_bench_requests, requests_cases);
