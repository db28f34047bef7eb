// SPDX-License-Identifier: GPL-2.0
/*
 * Whether what the driver has asked for flushes what has to be flushed.
 */
#include <linux/bitfield.h>
#include <linux/limits.h>
#include <linux/minmax.h>

#include "../../intel/iommu.h"
#include "spec.h"
#include "vtd.h"

/* Of a request: its first address and its last one */
struct extent {
	u64 start;
	u64 last;
};

static bool covers(struct extent range, u64 at)
{
	return range.start <= at && at <= range.last;
}

static struct extent naturally(u64 address, unsigned int shift)
{
	u64 mask = shift > 63 ? U64_MAX : BIT_ULL(shift) - 1;

	return (struct extent){ .start = address & ~mask, .last = address | mask };
}

/**
 * vtd_type() - What a request is
 * @request: the request
 *
 * Return: enum vtd_inv_type.
 */
unsigned int vtd_type(const struct vtd_request *request)
{
	return FIELD_GET(INV_TYPE, request->words[0]);
}

static bool is_of(const struct vtd_request *request, const struct vtd_flush *flush)
{
	return FIELD_GET(INV_DID, request->words[0]) == flush->did &&
	       FIELD_GET(INV_PASID, request->words[0]) == flush->pasid;
}

/**
 * vtd_flushes_entry() - Does a request flush the cached entry of a PASID (6.5.2.2)
 * @request: the request
 * @flush: which entry
 *
 * Return: true if so.
 */
bool vtd_flushes_entry(const struct vtd_request *request, const struct vtd_flush *flush)
{
	if (vtd_type(request) != INV_PASID_CACHE)
		return false;
	switch (FIELD_GET(INV_G, request->words[0])) {
	case PASID_CACHE_GLOBAL:
		return true;
	case PASID_CACHE_DOMAIN:
		return FIELD_GET(INV_DID, request->words[0]) == flush->did;
	case PASID_CACHE_PASID:
		return is_of(request, flush);
	default:
		return false;
	}
}

/* 6.5.2.4, and of 6.5.2.3 what flushes the first stage as well */
static bool iotlb_extent(const struct vtd_request *request, const struct vtd_flush *flush,
			 struct extent *range)
{
	u64 first = request->words[0], second = request->words[1];
	unsigned int shift = PAGE_SHIFT + FIELD_GET(INV_AM, second);

	*range = (struct extent){ .start = 0, .last = U64_MAX };
	if (vtd_type(request) == INV_IOTLB) {
		if (FIELD_GET(INV_G, first) == IOTLB_GLOBAL)
			return true;
		if (FIELD_GET(INV_DID, first) != flush->did)
			return false;
		*range = FIELD_GET(INV_G, first) == IOTLB_PAGE ?
			 naturally(second & POINTER, shift) : *range;
		return flush->second_stage || FIELD_GET(INV_G, first) == IOTLB_DOMAIN;
	}
	if (vtd_type(request) != INV_PASID_IOTLB || !is_of(request, flush))
		return false;
	if (FIELD_GET(INV_G, first) == PASID_IOTLB_PAGE)
		*range = naturally(second & POINTER, shift);
	return FIELD_GET(INV_G, first) >= PASID_IOTLB_PASID;
}

/* 6.5.2.6: the lowest bit that is clear says how large it is */
static bool device_extent(const struct vtd_request *request, const struct vtd_flush *flush,
			  struct extent *range)
{
	u64 address = request->words[1] & POINTER;
	unsigned int shift = PAGE_SHIFT;

	if (vtd_type(request) != INV_PASID_DEVICE_TLB ||
	    FIELD_GET(INV_SID, request->words[0]) != flush->sid ||
	    FIELD_GET(INV_PASID, request->words[0]) != flush->pasid)
		return false;
	if (request->words[1] & INV_S) {
		while (shift < 63 && address & BIT_ULL(shift))
			shift++;
		shift++;
	}
	*range = naturally(address, shift);
	return true;
}

typedef bool (*extent_fn)(const struct vtd_request *request, const struct vtd_flush *flush,
			  struct extent *range);

/* The first request from @from on that has the address @at; @range receives all it has */
static unsigned int find(const struct vtd_log *log, const struct vtd_flush *flush,
			 unsigned int from, u64 at, extent_fn measure, struct extent *range)
{
	unsigned int i;

	for (i = from; i < log->count; i++)
		if (measure(&log->requests[i], flush, range) && covers(*range, at))
			break;
	return i;
}

/* Was each address of a range asked for, from @from on */
static bool all_flushed(const struct vtd_log *log, const struct vtd_flush *flush,
			unsigned int from, extent_fn measure)
{
	u64 at = flush->start;
	struct extent range;

	for (;;) {
		if (find(log, flush, from, at, measure, &range) == log->count)
			return false;
		if (range.last >= flush->last)
			return true;
		at = range.last + 1;
	}
}

/**
 * vtd_range_flushed() - Was what a process no longer has flushed from the IOTLB
 * @log: of vtd_heard()
 * @flush: what
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_range_flushed(const struct vtd_log *log, const struct vtd_flush *flush)
{
	if (!all_flushed(log, flush, 0, iotlb_extent))
		return "the IOTLB was not told of all of the range";
	return "";
}

/* 6.5.2.6: who has no TLB never answers */
static const char *nobody_asked(const struct vtd_log *log)
{
	unsigned int i, type;

	for (i = 0; i < log->count; i++) {
		type = vtd_type(&log->requests[i]);
		if (type == INV_DEVICE_TLB || type == INV_PASID_DEVICE_TLB)
			return "a device was told to flush its TLB, which it has not";
	}
	return "";
}

/**
 * vtd_range_flushed_in_device() - Was it flushed from the device's TLB, after the IOTLB
 * @log: of vtd_heard()
 * @flush: what; without @sid of a device that has no TLB
 *
 * A device could fill its TLB again from an IOTLB that is flushed later (4.3): each address
 * of the range has its turn in the IOTLB, and then in the device.
 *
 * Return: "" if so, or the device has no TLB and nobody was told; else what is wrong.
 */
const char *vtd_range_flushed_in_device(const struct vtd_log *log, const struct vtd_flush *flush)
{
	struct extent iotlb, device;
	u64 at = flush->start;
	unsigned int i;

	if (!flush->sid)
		return nobody_asked(log);
	if (!all_flushed(log, flush, 0, device_extent))
		return "the device's TLB was not told of all of the range";
	for (;;) {
		i = find(log, flush, 0, at, iotlb_extent, &iotlb);
		if (find(log, flush, i, at, device_extent, &device) == log->count)
			return "the device's TLB was not told after the IOTLB";
		if (min(iotlb.last, device.last) >= flush->last)
			return "";
		at = min(iotlb.last, device.last) + 1;
	}
}

/**
 * vtd_kept() - Was the watched page kept until its translation was flushed
 * @log: of vtd_heard()
 * @flush: where the page was
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_kept(const struct vtd_log *log, const struct vtd_flush *flush)
{
	struct extent range;
	unsigned int i;

	for (i = 0; i < log->count; i++)
		if ((iotlb_extent(&log->requests[i], flush, &range) ||
		     device_extent(&log->requests[i], flush, &range)) &&
		    covers(range, flush->start) && !log->requests[i].pages)
			return "the page was free before its translation was flushed";
	return "";
}

/**
 * vtd_torn_down() - Were the caches flushed once an entry was gone (6.5.3.3)
 * @log: of vtd_heard(), which watched the entry
 * @flush: what the entry had, all addresses
 *
 * Return: "" if so, else what is wrong.
 */
const char *vtd_torn_down(const struct vtd_log *log, const struct vtd_flush *flush)
{
	unsigned int i = 0;

	while (i < log->count && !vtd_flushes_entry(&log->requests[i], flush))
		i++;
	if (i == log->count)
		return "the PASID cache was not flushed";
	if (log->requests[i].present)
		return "the entry was present when the PASID cache was flushed";
	if (!all_flushed(log, flush, 0, iotlb_extent))
		return "the IOTLB was not flushed";
	if (!all_flushed(log, flush, i + 1, iotlb_extent))
		return "the IOTLB was flushed before the PASID cache";
	return "";
}

/**
 * vtd_all_of() - All addresses of a PASID
 * @dev: the device
 * @pasid: the PASID
 * @entry: that it had
 *
 * Return: what has to be flushed.
 */
struct vtd_flush vtd_all_of(struct device *dev, ioasid_t pasid, const struct vtd_entry *entry)
{
	return (struct vtd_flush){
		.did = entry->did,
		.pasid = pasid,
		.sid = vtd_has_ats(dev) ? vtd_sid(dev) : 0,
		.second_stage = entry->pgtt == PGTT_SECOND_STAGE,
		.last = U64_MAX,
	};
}
