// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that lets devices work on its pages and knows what must be in them.
 */
#include "worker.h"

/**
 * next_random() - xorshift64*, Vigna 2016: the same numbers from the same seed everywhere
 * @state: of the generator, not 0
 *
 * Return: the next.
 */
uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/**
 * page_at() - Where a page is
 * @worker: whose
 * @page: its number
 *
 * Return: its address.
 */
char *page_at(struct worker *worker, unsigned int page)
{
	return worker->memory + page * PAGE;
}

/**
 * expect() - Keep what is wrong first
 * @worker: whose step it is
 * @so: it is not wrong
 * @page: which it is about
 * @wrong: what is, if it is
 */
void expect(struct worker *worker, bool so, unsigned int page, const char *wrong)
{
	if (so || worker->wrong)
		return;
	worker->wrong = wrong;
	worker->page = page;
}

/**
 * set_state() - Say what must be in pages from now on
 * @worker: whose
 * @page: the first
 * @count: of them
 * @word: they are full of that
 */
void set_state(struct worker *worker, unsigned int page, unsigned int count, uint64_t word)
{
	while (count--)
		worker->pages[page++] = (struct state){ .word = word };
}

/**
 * consists_of() - Is every word of a page one of two
 * @at: the page
 * @word: one of them
 * @other: the other
 *
 * Return: true if so.
 */
bool consists_of(const char *at, uint64_t word, uint64_t other)
{
	const uint64_t *words = (const uint64_t *)at;
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (words[i] != word && words[i] != other)
			return false;
	return true;
}

/**
 * is_as_it_must() - Does the program find in a page what must be there
 * @worker: whose
 * @page: its number
 *
 * Return: true if so.
 */
bool is_as_it_must(struct worker *worker, unsigned int page)
{
	const struct state *state = &worker->pages[page];
	const char *at = page_at(worker, page);

	return consists_of(at, state->word, state->word) || (state->maybe && consists_of(at, 0, 0));
}

/**
 * any_device() - One of a worker's devices
 * @worker: whose
 *
 * Return: how it is bound.
 */
struct bond *any_device(struct worker *worker)
{
	return &worker->bonds[next_random(&worker->seed) >> 32 & (DEVICES - 1)];
}

/**
 * let() - Have a device do something, and count it
 * @worker: whose it is
 * @bond: by which it reaches the memory
 * @verb: what
 * @src: from where
 * @dst: to where
 * @len: bytes
 * @operand: see enum verb
 *
 * Return: how it ended.
 */
struct ending let(struct worker *worker, struct bond *bond, enum verb verb, const void *src,
		  void *dst, size_t len, uint64_t operand)
{
	const struct operation operation = {
		.verb = verb, .pasid = bond->pasid, .src = src, .dst = dst, .len = len,
		.operand = operand,
	};

	worker->operations++;
	return perform(&bond->device, &operation);
}

/**
 * device_fills() - Have pages written by a device
 * @worker: whose
 * @page: the first
 * @count: of them
 * @word: to be full of that
 */
void device_fills(struct worker *worker, unsigned int page, unsigned int count, uint64_t word)
{
	expect(worker, let(worker, any_device(worker), FILL, NULL, page_at(worker, page),
			   count * PAGE, word).outcome == DONE, page,
	       "the device could not fill a page");
	set_state(worker, page, count, word);
}

/**
 * program_fills() - Write a page
 * @worker: whose
 * @page: its number
 * @word: to be full of that
 */
void program_fills(struct worker *worker, unsigned int page, uint64_t word)
{
	uint64_t *words = (uint64_t *)page_at(worker, page);
	size_t i;

	for (i = 0; i < WORDS; i++)
		words[i] = word;
	set_state(worker, page, 1, word);
}

static uint64_t sum_of(uint64_t word)
{
	uint64_t sum = 0;

	for (; word; word >>= 8)
		sum += word & 0xff;
	return sum * WORDS;
}

static void device_sums_one(struct worker *worker, struct bond *bond, unsigned int page)
{
	const struct state *state = &worker->pages[page];
	struct ending ending = let(worker, bond, SUM, page_at(worker, page), NULL, PAGE, 0);

	expect(worker, ending.outcome == DONE, page, "the device could not read a page");
	expect(worker, ending.result == sum_of(state->word) || (state->maybe && !ending.result),
	       page, "the device read something else");
}

/**
 * device_sums() - Have a device look into pages
 * @worker: whose
 * @bond: by which it reaches them
 * @page: the first
 * @count: of them
 */
void device_sums(struct worker *worker, struct bond *bond, unsigned int page, unsigned int count)
{
	while (count--)
		device_sums_one(worker, bond, page++);
}

/**
 * program_looks() - Look into a page
 * @worker: whose
 * @page: its number
 */
void program_looks(struct worker *worker, unsigned int page)
{
	expect(worker, is_as_it_must(worker, page), page, "the program found something else");
}

/**
 * device_copies() - Have a device copy a page
 * @worker: whose
 * @from: its number
 * @to: that of the other
 */
void device_copies(struct worker *worker, unsigned int from, unsigned int to)
{
	expect(worker, let(worker, any_device(worker), COPY, page_at(worker, from),
			   page_at(worker, to), PAGE, 0).outcome == DONE,
	       to, "the device could not copy a page");
	worker->pages[to] = worker->pages[from];
}

/**
 * add_to_all() - Add to the page of all, by a device or without one
 * @worker: who does
 * @random: what, where and how
 *
 * What all of them have added is there at the end, whoever has had a child meanwhile.
 */
void add_to_all(struct worker *worker, uint64_t random)
{
	unsigned int word = random >> 40 & (WORDS - 1);
	uint64_t what = random & 0xffff;

	if (random >> 16 & 1)
		expect(worker, let(worker, any_device(worker), ADD, NULL, &worker->tally[word],
				   sizeof(what), what).outcome == DONE, 0,
		       "the device could not add");
	else
		__atomic_fetch_add(&worker->tally[word], what, __ATOMIC_SEQ_CST);
	worker->added[word] += what;
}
