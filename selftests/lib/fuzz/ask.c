// SPDX-License-Identifier: GPL-2.0
/*
 * One request, and what came of it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define BEFORE		64	/* bytes before a structure that must stay as they are */
#define ALL		(ARGUMENT / 2)	/* bytes of a structure and of what comes after it */
#define FULL_OF		0xa5

/* Where a structure is put */
enum place {
	USUAL,
	UNALIGNED,
	AT_THE_END,	/* of memory */
	TO_READ_ONLY,
	VANISHING,	/* another thread takes it away, or not */
	NOWHERE,
};

static const char * const places[] = {
	[USUAL] = "", [UNALIGNED] = "not aligned", [AT_THE_END] = "at the end of memory",
	[TO_READ_ONLY] = "to be read only", [VANISHING] = "may vanish", [NOWHERE] = "nowhere",
};

bool one_of(const int *errnos, int errno_)
{
	for (; *errnos; errnos++)
		if (*errnos == errno_)
			return true;
	return false;
}

struct entry *fuzz_log(struct fuzzer *fuzzer, const char *what, struct file *file)
{
	struct entry *entry = &fuzzer->log[fuzzer->logged++ % LOGGED];

	*entry = (struct entry){
		.what = what, .file = file - fuzzer->files, .how = "", .want = 1, .got = 1,
	};
	return entry;
}

static const struct call *call_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < call_count; i++)
		if (calls[i].name == name)
			return &calls[i];
	return NULL;
}

static int say_entry(char *to, size_t room, const struct entry *entry)
{
	const struct call *call = call_named(entry->what);
	const struct field *field;
	uint64_t value;
	int len;

	len = snprintf(to, room, "%s(file %u", entry->what, entry->file);
	for (field = call ? call->fields : NULL; call && field < call->fields + call->count; field++) {
		if (field->answer || field->size > sizeof(value) || field->at + field->size > SHOWN)
			continue;
		value = 0;
		memcpy(&value, entry->arg + field->at, field->size);
		if (value && len < (int)room)
			len += snprintf(to + len, room - len, " %s=%#llx", field->name,
					(unsigned long long)value);
	}
	if (len < (int)room)
		len += snprintf(to + len, room - len, "%s%s): %d\n", *entry->how ? " " : "",
				entry->how, entry->got);
	return len;
}

/* Who sees it first says what is wrong, and what was called before that */
void fuzz_fail(struct fuzzer *fuzzer, const char *format, ...)
{
	char *to = fuzzer->shared->failure;
	size_t room = sizeof(fuzzer->shared->failure);
	uint64_t first = fuzzer->logged > LOGGED ? fuzzer->logged - LOGGED : 0;
	va_list args;
	int len;

	if (__atomic_exchange_n(&fuzzer->shared->failed, 1, __ATOMIC_SEQ_CST))
		return;
	va_start(args, format);
	len = vsnprintf(to, room, format, args);
	va_end(args);
	len += snprintf(to + len, room - len, "\nthe last calls of that thread, %llu until then:\n",
			(unsigned long long)fuzzer->made);
	for (; first < fuzzer->logged && len < (int)room - 1; first++)
		len += say_entry(to + len, room - len, &fuzzer->log[first % LOGGED]);
}

static void count(struct fuzzer *fuzzer, unsigned int row, bool worked)
{
	struct shared *shared = fuzzer->shared;

	fuzzer->made++;
	__atomic_fetch_add(&shared->calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shared->asked[row], 1, __ATOMIC_RELAXED);
	if (worked)
		__atomic_fetch_add(&shared->worked[row], 1, __ATOMIC_RELAXED);
}

static const struct call *some_call(struct fuzzer *fuzzer, struct file *file)
{
	bool first = file->fresh && once_in(fuzzer, 2);
	unsigned int total = 0, i;
	uint64_t chosen;

	file->fresh = false;
	for (i = 0; first && i < call_count; i++)
		if (calls[i].first)
			return &calls[i];
	for (i = 0; i < call_count; i++)
		total += calls[i].weight;
	chosen = below(fuzzer, total);
	for (i = 0; chosen >= calls[i].weight; i++)
		chosen -= calls[i].weight;
	return &calls[i];
}

static enum place some_place(struct fuzzer *fuzzer)
{
	switch (below(fuzzer, 64)) {
	case 0 ... 3:
		return UNALIGNED;
	case 4 ... 6:
		return AT_THE_END;
	case 7:
		return TO_READ_ONLY;
	case 8:
		return NOWHERE;
	case 9 ... 12:
		return fuzzer->vanishing ? VANISHING : USUAL;
	default:
		return USUAL;
	}
}

static void *nowhere(struct fuzzer *fuzzer)
{
	static const uintptr_t some[] = {
		0, 1, 8, PAGE - 4, 0x800000000000, 0xffffffff81000000, -PAGE, -8UL, -1UL,
	};
	char *hole = memory_argument(fuzzer->number) + ARGUMENT;

	return once_in(fuzzer, 4) ? hole : (void *)some[below(fuzzer, sizeof(some) / sizeof(some[0]))];
}

/* A structure in its place, of which the bytes around are known. @end: of memory */
static char *put_down(struct fuzzer *fuzzer, const struct call *call, const char *made,
		      enum place place, const char **end)
{
	char *area = memory_argument(fuzzer->number), *arg = area + BEFORE;

	*end = area + ARGUMENT;
	if (place == UNALIGNED)
		arg += 1 + below(fuzzer, 7);
	else if (place == AT_THE_END)
		arg = area + ARGUMENT - below(fuzzer, call->size + 32);
	memset(area, FULL_OF, BEFORE + 8);
	if (place != VANISHING) {
		memcpy(arg, made, arg + ALL < *end ? ALL : (size_t)(*end - arg));
		return arg;
	}
	/* A signal if we write there ourselves, and no more than an errno this way */
	arg = memory_vanishing();
	if (write(fuzzer->pipe[1], made, ALL / 4) == ALL / 4 &&
	    read(fuzzer->pipe[0], arg, ALL / 4) != ALL / 4)
		(void)!read(fuzzer->pipe[0], area + BEFORE, ALL / 4);
	*end = arg + PAGE;
	return arg;
}

/* Has it waited as long as anything that comes to its end could take */
static bool has_waited(const struct call *call, const char *made)
{
	const struct field *field;
	uint32_t ms = 0;

	for (field = call->fields; field < call->fields + call->count; field++)
		if (field->kind == MILLISECONDS)
			memcpy(&ms, made + field->at, sizeof(ms));
	return ms == PATIENCE;
}

/* What there is to say of an answer; NULL if it is as it should be */
static const char *judge(const struct fuzzer *fuzzer, const struct call *call, enum place place,
			 const char *made, const char *arg, const char *end, struct entry *entry)
{
	size_t size = end - arg < (long)ALL ? (size_t)(end - arg) : ALL;

	if (entry->want < 1 && entry->got != entry->want)
		return "it has to answer otherwise";
	if (entry->got > 0)
		return "it answers more than 0";
	if (entry->want == 1 && entry->got && !one_of(call->errnos, -entry->got))
		return "it may not answer that";
	if (entry->got == -ETIME && has_waited(call, made))
		return "what it waits for does not come";
	if (place == NOWHERE || place == VANISHING || !call->size)
		return NULL;
	if (memory_argument(fuzzer->number)[0] != (char)FULL_OF ||
	    memcmp(memory_argument(fuzzer->number), memory_argument(fuzzer->number) + 1, BEFORE - 1))
		return "what is before the structure has changed";
	if (entry->got == -EFAULT)
		return NULL;
	if (entry->got)
		return memcmp(made, arg, size) ? "it failed, and changed the structure" : NULL;
	return argument_was_answered(call, made, arg, size);
}

/* Is this an answer because of what others do, or of where the structure is */
static bool may_be(const struct fuzzer *fuzzer, enum place place, const struct entry *entry)
{
	static const int vanished[] = { EFAULT, EINVAL, E2BIG, 0 };

	if (fuzzer->racing && entry->got == -EBADF)
		return true;
	if (place == VANISHING)
		return one_of(vanished, -entry->got);
	return place == TO_READ_ONLY && entry->want == 1 && entry->got == -EFAULT;
}

static void learn(struct fuzzer *fuzzer, const struct call *call, struct file *file,
		  const char *made, const char *arg)
{
	const struct field *field;
	uint32_t handle;

	if (call->ends == DEVICE_ENDS)
		file->gone = true;
	for (field = call->fields; field < call->fields + call->count; field++) {
		if (field->kind >= HANDLES)
			continue;
		memcpy(&handle, (field->answer ? arg : made) + field->at, sizeof(handle));
		if (field->answer || call->keeps)
			file_remember(fuzzer, file, field->kind, handle);
		else if (call->ends == field->kind)
			file_forget(file, field->kind, handle);
	}
}

/* What it has to answer: an errno, or 1 for one of several or none */
static int wanted(const struct call *call, enum place place, const char *arg, const char *end,
		  int fd)
{
	if (fd < 0)
		return -EBADF;
	if (place == VANISHING || !call->size)
		return 1;
	if (place == NOWHERE)
		return -EFAULT;
	return argument_is_wrong(call, arg, end) ?: 1;
}

static int make_call(struct fuzzer *fuzzer, const struct call *call, enum place place, int fd,
		     char *arg)
{
	char *page = (char *)((uintptr_t)arg & -PAGE);
	size_t len = ARGUMENT - (page - memory_argument(fuzzer->number));
	int ret;

	if (place == TO_READ_ONLY)
		mprotect(page, len, PROT_READ);
	ret = ioctl(fd, call->request, arg) < 0 ? -errno : 0;
	if (place == TO_READ_ONLY)
		mprotect(page, len, PROT_READ | PROT_WRITE);
	return ret;
}

static void ask_known(struct fuzzer *fuzzer, struct file *file)
{
	static _Thread_local char made[ALL];
	const struct call *call = some_call(fuzzer, file);
	enum place place = some_place(fuzzer);
	int fd = __atomic_load_n(&file->fd, __ATOMIC_RELAXED);
	struct entry *entry = fuzz_log(fuzzer, call->name, file);
	const char *end, *wrong;
	char *arg;

	memset(made, FULL_OF, sizeof(made));
	if (call->size) {
		argument_fill(fuzzer, call, file, made);
		while (once_in(fuzzer, 4))
			argument_spoil(fuzzer, call, made);
		if (call->tame)
			call->tame(fuzzer, made);
	}
	arg = put_down(fuzzer, call, made, place, &end);
	if (place == NOWHERE)
		arg = nowhere(fuzzer);
	entry->how = places[place];
	memcpy(entry->arg, made, SHOWN);
	entry->want = wanted(call, place, arg, end, fd);
	entry->got = make_call(fuzzer, call, place, fd, arg);
	count(fuzzer, call - calls, !entry->got);
	if (may_be(fuzzer, place, entry))
		return;
	wrong = judge(fuzzer, call, place, made, arg, end, entry);
	if (wrong)
		fuzz_fail(fuzzer, "%s: %s: %d", call->name, wrong, entry->got);
	else if (!entry->got && place != NOWHERE && place != VANISHING)
		learn(fuzzer, call, file, made, arg);
}

/* A request that there is not */
static void ask_stranger(struct fuzzer *fuzzer, struct file *file)
{
	unsigned long request = some_call(fuzzer, file)->request;
	struct entry *entry = fuzz_log(fuzzer, "a request that there is not", file);
	int fd = __atomic_load_n(&file->fd, __ATOMIC_RELAXED);
	unsigned int i;

	switch (below(fuzzer, 4)) {
	case 0:
		request = (request & ~0xffUL) | below(fuzzer, 256);
		break;
	case 1:
		request ^= 1UL << (_IOC_SIZESHIFT + below(fuzzer, _IOC_SIZEBITS));
		break;
	case 2:
		request ^= (1 + below(fuzzer, 3)) << _IOC_DIRSHIFT;
		break;
	default:
		request = (request & ~0xff00UL) | (SVAC_MAGIC ^ 1 << below(fuzzer, 3)) << 8;
	}
	for (i = 0; i < call_count; i++)
		if (calls[i].request == request)
			return;
	entry->want = fd < 0 ? -EBADF : -ENOTTY;
	entry->got = ioctl(fd, request, memory_argument(fuzzer->number)) < 0 ? -errno : 0;
	count(fuzzer, call_count, !entry->got);
	if (entry->got != entry->want && !(fuzzer->racing && entry->got == -EBADF))
		fuzz_fail(fuzzer, "request %#lx: %d", request, entry->got);
}

/* Ask a file of the process for something */
void fuzz_ask(struct fuzzer *fuzzer)
{
	struct file *file = &fuzzer->files[below(fuzzer, FILES)];
	unsigned int i;

	/* Seldom one that is closed */
	for (i = 0; i < FILES && file->fd < 0 && !once_in(fuzzer, 16); i++)
		file = &fuzzer->files[below(fuzzer, FILES)];
	if (once_in(fuzzer, 24))
		ask_stranger(fuzzer, file);
	else
		ask_known(fuzzer, file);
}
