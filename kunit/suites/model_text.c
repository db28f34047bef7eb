// SPDX-License-Identifier: GPL-2.0
/*
 * A sequence as a line of text, to be read by people and run again:
 *
 *   alloc(A) free(A)        A, B: domains of a process each; U: a paging domain
 *   d0.set(p1,A)            on PASID 1 of device d0
 *   d0.block(p1)            what is set there
 *   d1.join(g0) d1.leave    the group that is d0's when a sequence begins
 *   d0.bind(A) d0.unbind(A) the process of domain A
 *   exit(A)                 likewise
 *   fail(driver)            the next call that asks the driver is refused by it
 *   fail(memory)            the next call that may allocate cannot
 *
 * with spaces or semicolons in between.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "model.h"

/**
 * model_domain_name() - A domain for a person
 * @domain: MODEL_A, MODEL_B or MODEL_U
 *
 * Return: its letter.
 */
char model_domain_name(u8 domain)
{
	return "ABU"[domain];
}

/**
 * model_print() - A call as text
 * @text: receives it
 * @op: the call
 */
void model_print(char text[MODEL_TEXT], const struct model_op *op)
{
	char domain = model_domain_name(op->domain);

	switch (op->call) {
	case MODEL_ALLOC:
		snprintf(text, MODEL_TEXT, "alloc(%c)", domain);
		break;
	case MODEL_FREE:
		snprintf(text, MODEL_TEXT, "free(%c)", domain);
		break;
	case MODEL_SET:
		snprintf(text, MODEL_TEXT, "d%u.set(p%u,%c)", op->dev, op->pasid, domain);
		break;
	case MODEL_BLOCK:
		snprintf(text, MODEL_TEXT, "d%u.block(p%u)", op->dev, op->pasid);
		break;
	case MODEL_JOIN:
		snprintf(text, MODEL_TEXT, "d%u.join(g%u)", op->dev, op->group);
		break;
	case MODEL_LEAVE:
		snprintf(text, MODEL_TEXT, "d%u.leave", op->dev);
		break;
	case MODEL_EXIT:
		snprintf(text, MODEL_TEXT, "exit(%c)", domain);
		break;
	case MODEL_FAIL:
		snprintf(text, MODEL_TEXT, "fail(%s)",
			 op->failure == MODEL_DRIVER ? "driver" : "memory");
		break;
	case MODEL_BIND:
		snprintf(text, MODEL_TEXT, "d%u.bind(%c)", op->dev, domain);
		break;
	case MODEL_UNBIND:
		snprintf(text, MODEL_TEXT, "d%u.unbind(%c)", op->dev, domain);
		break;
	}
}

/**
 * model_parse() - One call from text
 * @text: as model_print() has it
 * @length: of @text
 *
 * Return: its number, for model_op(); -EINVAL if it is none.
 */
int model_parse(const char *text, size_t length)
{
	char known[MODEL_TEXT];
	struct model_op op;
	int number;

	for (number = 0; number < MODEL_OPS; number++) {
		op = model_op(number);
		model_print(known, &op);
		if (strlen(known) == length && !memcmp(known, text, length))
			return number;
	}
	return -EINVAL;
}

/**
 * model_parse_all() - A sequence from text
 * @text: calls with one of MODEL_SPACES or more in between
 * @ops: receives their numbers
 * @most: as many as there is room for
 *
 * Return: how many there are; -EINVAL if one is none; -E2BIG.
 */
int model_parse_all(const char *text, u8 *ops, unsigned int most)
{
	unsigned int count = 0;
	size_t length;
	int number;

	for (text += strspn(text, MODEL_SPACES); *text;
	     text += length, text += strspn(text, MODEL_SPACES)) {
		length = strcspn(text, MODEL_SPACES);
		number = model_parse(text, length);
		if (number < 0)
			return number;
		if (count == most)
			return -E2BIG;
		ops[count++] = number;
	}
	return count;
}
