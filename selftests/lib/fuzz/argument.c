// SPDX-License-Identifier: GPL-2.0
/*
 * The structure of a request: made by what its fields mean, spoiled, and looked at.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fuzz.h"

static uint64_t get(const struct field *field, const char *arg)
{
	uint64_t value = 0;

	memcpy(&value, arg + field->at, field->size);
	return value;
}

static void put(const struct field *field, char *arg, uint64_t value)
{
	memcpy(arg + field->at, &value, field->size);
}

static uint64_t some_timeout(struct fuzzer *fuzzer)
{
	/* A job comes to its end: one that waits for it does not wait long */
	return once_in(fuzzer, 4) ? 0 : once_in(fuzzer, 64) ? 1 : PATIENCE;
}

static uint64_t good_value(struct fuzzer *fuzzer, const struct field *field, struct file *file,
			   uint32_t size)
{
	switch (field->kind) {
	case BOND:
	case JOB:
	case PASID:
		return file_handle(fuzzer, file, field->kind);
	case ARGSZ:
		return size;
	case ZERO:
		return draw(fuzzer) & field->limit;
	case NUMBER:
		return below(fuzzer, field->limit + 1);
	case MILLISECONDS:
		return some_timeout(fuzzer);
	case ADDRESS:
		return memory_target(fuzzer, PAGE);
	case LENGTH:
		return below(fuzzer, PAGE);
	case WORD:
		return draw(fuzzer) | 1ULL << 63; /* no address, should it be taken for one */
	default:
		return 0;
	}
}

/* What the kernel is to fill in keeps what it is full of: it must not be looked at */
void argument_fill(struct fuzzer *fuzzer, const struct call *call, struct file *file, char *arg)
{
	const struct field *field;

	for (field = call->fields; field < call->fields + call->count; field++)
		if (!field->answer)
			put(field, arg, good_value(fuzzer, field, file, call->size));
	if (call->build)
		call->build(fuzzer, arg);
}

/* Another size, and what is then beyond the structure */
static void spoil_size(struct fuzzer *fuzzer, const struct call *call, char *arg)
{
	uint32_t size, room = ARGUMENT / 2;

	switch (below(fuzzer, 4)) {
	case 0:
		size = below(fuzzer, call->size);
		break;
	case 1:
		size = boundary(fuzzer, call->size);
		break;
	default:
		size = call->size + 1 + below(fuzzer, once_in(fuzzer, 4) ? PAGE : 64);
	}
	memcpy(arg, &size, sizeof(size));
	if (size <= call->size || size > room)
		return;
	memset(arg + call->size, 0, size - call->size);
	if (once_in(fuzzer, 2))
		arg[call->size + below(fuzzer, size - call->size)] = 1 << below(fuzzer, 8);
}

static uint64_t bad_value(struct fuzzer *fuzzer, const struct field *field, uint64_t now)
{
	switch (field->kind) {
	case ADDRESS:
		return memory_hostile(fuzzer);
	case LENGTH:
		return boundary(fuzzer, once_in(fuzzer, 4) ? SVAC_MAX_BATCH : SVAC_MAX_LEN);
	case WORD:
		return draw(fuzzer) | 1ULL << 63;
	case MILLISECONDS:
		/* One that is taken is one that may be waited for */
		return once_in(fuzzer, 2) ? field->limit + 1 + below(fuzzer, field->limit) : 0;
	case ZERO:
		return now ^ 1ULL << below(fuzzer, 8 * field->size);
	default:
		return boundary(fuzzer, field->limit);
	}
}

void argument_spoil(struct fuzzer *fuzzer, const struct call *call, char *arg)
{
	const struct field *field = &call->fields[below(fuzzer, call->count)];

	if (field->kind == ARGSZ || once_in(fuzzer, 8))
		spoil_size(fuzzer, call, arg);
	else
		put(field, arg, bad_value(fuzzer, field, get(field, arg)));
}

static bool is_zero(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from)
			return false;
	return true;
}

/* The -errno that a structure gives, whatever there is of a device; 0 for none. @end: of memory */
int argument_is_wrong(const struct call *call, const char *arg, const char *end)
{
	const struct field *field;
	size_t room = end - arg;
	uint64_t value;
	uint32_t size;

	if (room < sizeof(size))
		return -EFAULT;
	memcpy(&size, arg, sizeof(size));
	if (size < call->size)
		return -EINVAL;
	if (size > PAGE)
		return -E2BIG;
	if (room > call->size && !is_zero(arg + call->size, size < room ? arg + size : end))
		return -E2BIG;
	if (size > room)
		return -EFAULT;
	for (field = call->fields; field < call->fields + call->count; field++) {
		value = get(field, arg);
		if (field->answer)
			continue;
		if (field->kind == ZERO && value & ~field->limit)
			return -EINVAL;
		if ((field->kind == NUMBER || field->kind == MILLISECONDS) && value > field->limit)
			return -EINVAL;
	}
	return call->check ? call->check(arg) : 0;
}

static bool is_answer(const struct field *field, const char *arg)
{
	const char *text = arg + field->at;
	uint64_t value = get(field, arg);
	size_t len;

	switch (field->kind) {
	case BOND:
	case JOB:
	case PASID:
		return value && value <= field->limit;
	case TEXT:
		len = strnlen(text, field->size);
		return len && len < field->size && is_zero(text + len, text + field->size);
	default:
		return !field->limit || value <= field->limit;
	}
}

/* What is wrong after a call that succeeded; NULL for nothing. @size: of what may not change */
const char *argument_was_answered(const struct call *call, const char *before,
				  const char *after, size_t size)
{
	bool answers = _IOC_DIR(call->request) & _IOC_READ;
	const struct field *field;

	for (field = call->fields; field < call->fields + call->count; field++) {
		if (field->answer && !is_answer(field, after))
			return field->name;
		if (field->answer)
			continue;
		if (field->kind == ARGSZ && answers && get(field, after) == call->size)
			continue;
		if (get(field, before) != get(field, after))
			return field->name;
	}
	if (memcmp(before + call->size, after + call->size, size - call->size))
		return "what is beyond the structure";
	return NULL;
}
