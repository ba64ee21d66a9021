/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of files, and how many there are; efi/file.c opens them. */
#include "core/base/checked.h"
#include "core/base/mem.h"
#include "core/base/own_frame.h"
#include "core/base/page.h"
#include "efi/file.h"
#include "efi/pages.h"
#include "efi/progress.h"
#include "efi/services.h"

/*
 * Sizes of one Read, largest first. The first is what every driver should take: the one for
 * virtio-blk in EDK II refuses more than 1 GiB at once. Each failure goes one step down, and the
 * step is kept for what remains.
 */
static const uint32_t read_sizes[] = {256U << 20, 16U << 20, 1U << 20, 64U << 10, 4U << 10};
#define READ_STEPS (sizeof(read_sizes) / sizeof(read_sizes[0]))

/* The last resort is a buffer below 4 GiB, for drivers whose device cannot reach higher. */
#define BOUNCE_SIZE (64U << 10)

/* How far the bytes of a file are counted that nobody knows the size of: FAT's largest. */
#define COUNT_MAX UINT32_MAX

static EFI_FILE_HANDLE handle_of(const struct file *file)
{
    return (EFI_FILE_HANDLE)file->handle;
}

static EFI_STATUS seek(const struct file *file, uint64_t position)
{
    if (file->handle == NULL)
        return EFI_DEVICE_ERROR;
    return handle_of(file)->SetPosition(handle_of(file), position);
}

/* One Read that is not believed: it may not claim more than it was asked for. */
static EFI_STATUS read_once(const struct file *file, uint64_t size, void *destination,
                            uint64_t *ret_read)
{
    UINTN count = size;
    EFI_STATUS status = handle_of(file)->Read(handle_of(file), &count, destination);

    if (status != EFI_SUCCESS)
        return status;
    if (count > size)
        return EFI_DEVICE_ERROR;
    *ret_read = count;
    return EFI_SUCCESS;
}

/* --- how large -----------------------------------------------------------------------------------
 */

/* UINT64_MAX when the firmware does not say: UEFI 2.10, 13.5.11 and 13.5.12. */
static uint64_t position_of_end(const struct file *file)
{
    UINT64 position = 0;

    if (seek(file, UINT64_MAX) != EFI_SUCCESS ||
        handle_of(file)->GetPosition(handle_of(file), &position) != EFI_SUCCESS)
        return UINT64_MAX;
    return position;
}

/*
 * Is there a byte before `size`, and none behind it? Each is asked for on its own, because a Read
 * may be short. An error behind the last byte is its end, see file_confirm_end().
 */
static bool ends_at(struct file *file, uint64_t size)
{
    uint64_t count = 0;
    uint8_t byte;

    if (size > INT64_MAX || seek(file, size == 0 ? 0 : size - 1) != EFI_SUCCESS)
        return false;
    if (size != 0 && (read_once(file, 1, &byte, &count) != EFI_SUCCESS || count == 0)) {
        (void)file_reopen(file);
        return false;
    }
    if (read_once(file, 1, &byte, &count) == EFI_SUCCESS)
        return count == 0;
    (void)file_reopen(file);
    return size != 0;
}

static efi_status count_bytes(struct file *file, uint64_t *ret_size)
{
    uint64_t address;
    uint64_t total = 0;
    uint64_t count = 1;
    efi_status status = pages_take(file->firmware, MEMORY_LOADER_DATA, BOUNCE_SIZE, &address);

    if (status != EFI_SUCCESS)
        return status;
    status = seek(file, 0);
    while (status == EFI_SUCCESS && count != 0) {
        status = total > COUNT_MAX
                     ? EFI_VOLUME_CORRUPTED
                     : read_once(file, BOUNCE_SIZE, (void *)(uintptr_t)address, &count);
        total += count;
    }
    pages_free(file->firmware, address);
    if (status == EFI_SUCCESS)
        *ret_size = total;
    else
        (void)file_reopen(file);
    return status;
}

/*
 * The two sources differ, or they are no help. The smaller one first: that more follows it is sure
 * to be seen. What a driver that reads nothing but whole files says in GetInfo is all that there is
 * to go by: reading the file will show.
 */
static efi_status measure(struct file *file, uint64_t position, uint64_t *ret_size)
{
    uint64_t said = file->size;
    uint64_t less = said < position ? said : position;
    uint64_t more = said < position ? position : said;
    efi_status status;

    if (ends_at(file, less)) {
        *ret_size = less;
        return EFI_SUCCESS;
    }
    if (more != less && ends_at(file, more)) {
        *ret_size = more;
        return EFI_SUCCESS;
    }
    status = count_bytes(file, ret_size);
    if (status != EFI_SUCCESS && more == UINT64_MAX && less == said && said != 0) {
        *ret_size = said;
        return EFI_SUCCESS;
    }
    return status;
}

efi_status file_size(struct file *file, uint64_t *ret_size)
{
    uint64_t position = position_of_end(file);
    uint64_t size = position;
    efi_status status = EFI_SUCCESS;

    if (position != file->size || size == 0 || size > INT64_MAX)
        status = measure(file, position, &size);
    if (status == EFI_SUCCESS)
        *ret_size = file->size = size;
    return status;
}

/* --- the bytes -----------------------------------------------------------------------------------
 */

/* Where a transfer stands; `done` only ever grows. */
struct transfer {
    struct firmware *firmware;
    struct file *file;
    uint64_t offset;
    uint64_t size;
    uint8_t *destination;
    uint64_t done;
    bool is_placed;            /* the last SetPosition worked */
    struct progress *progress; /* NULL: nobody waits for it */
};

/* Reads until done or the first error, `step` bytes a time, through `bounce` unless it is NULL. */
static EFI_STATUS transfer_run(struct transfer *transfer, uint64_t step, uint8_t *bounce)
{
    EFI_STATUS status = seek(transfer->file, transfer->offset + transfer->done);

    transfer->is_placed = status == EFI_SUCCESS;
    while (status == EFI_SUCCESS && transfer->done < transfer->size) {
        uint64_t left = transfer->size - transfer->done;
        uint8_t *target = transfer->destination + transfer->done;
        uint64_t count = 0;

        if (transfer->progress != NULL && step > transfer->progress->piece)
            left = left < transfer->progress->piece ? left : transfer->progress->piece;
        status = read_once(transfer->file, left < step ? left : step,
                           bounce != NULL ? bounce : target, &count);
        if (status != EFI_SUCCESS)
            break;
        if (count == 0)
            return EFI_END_OF_FILE;
        if (bounce != NULL)
            memcpy(target, bounce, count);
        transfer->done += count;
        if (!progress_go_on(transfer->progress, transfer->file->path, transfer->done,
                            transfer->size))
            return EFI_ABORTED;
    }
    return status;
}

static efi_status transfer_bounced(struct transfer *transfer)
{
    uint64_t bounce;
    efi_status status = pages_take(transfer->firmware, MEMORY_LOADER_DATA, BOUNCE_SIZE, &bounce);

    if (status != EFI_SUCCESS)
        return status;
    status = transfer_run(transfer, BOUNCE_SIZE, (uint8_t *)(uintptr_t)bounce);
    pages_free(transfer->firmware, bounce);
    return status;
}

/*
 * For drivers that read nothing but a whole file in one piece, and say so of everything else or do
 * not even go there (rust-hypervisor-firmware): straight when the whole is wanted, else aside.
 */
static efi_status transfer_whole(const struct transfer *part)
{
    struct transfer whole = {
        .file = part->file, .size = part->file->size, .destination = part->destination};
    bool is_part = part->offset != 0 || part->size != whole.size;
    uint64_t address = 0;
    efi_status status;

    if (part->offset > whole.size || part->size > whole.size - part->offset)
        return EFI_END_OF_FILE;
    if (is_part) {
        status = pages_take(part->firmware, MEMORY_LOADER_DATA, whole.size, &address);
        if (status != EFI_SUCCESS)
            return status;
        whole.destination = (uint8_t *)(uintptr_t)address;
    }
    status = transfer_run(&whole, whole.size, NULL);
    if (is_part) {
        if (status == EFI_SUCCESS)
            memcpy(part->destination, whole.destination + part->offset, part->size);
        pages_free(part->firmware, address);
    }
    return status;
}

OWN_FRAME static efi_status transfer_all(struct transfer *transfer)
{
    EFI_STATUS status = EFI_SUCCESS;
    EFI_STATUS bounced;

    for (unsigned int step = 0; step < READ_STEPS; step++) {
        /* Not the same again: a disk may take many seconds for each failure. */
        if (step != 0 && read_sizes[step] >= transfer->size - transfer->done)
            continue;
        status = transfer_run(transfer, read_sizes[step], NULL);
        if (status == EFI_SUCCESS || status == EFI_END_OF_FILE || status == EFI_ABORTED)
            return status;
        (void)file_reopen(transfer->file);
        if (status == EFI_BUFFER_TOO_SMALL || !transfer->is_placed)
            return transfer_whole(transfer);
    }
    bounced = transfer_bounced(transfer);
    return bounced == EFI_SUCCESS || bounced == EFI_ABORTED ? bounced : status;
}

efi_status file_read(struct firmware *firmware, struct file *file, uint64_t offset, uint64_t size,
                     void *destination)
{
    struct transfer transfer = {.firmware = firmware,
                                .file = file,
                                .offset = offset,
                                .size = size,
                                .destination = destination,
                                .progress = firmware->progress};
    efi_status status;
    uint64_t end;

    if (size == 0)
        return EFI_SUCCESS;
    if (!checked_add(offset, size, &end))
        return EFI_INVALID_PARAMETER;
    if (file->handle == NULL)
        (void)file_reopen(file);
    progress_begin(transfer.progress);
    status = transfer_all(&transfer);
    progress_end(transfer.progress);
    return status;
}

efi_status file_confirm_end(struct file *file, uint64_t size)
{
    uint64_t count = 0;
    uint8_t byte;

    if (seek(file, size) == EFI_SUCCESS && read_once(file, 1, &byte, &count) == EFI_SUCCESS &&
        count != 0)
        return EFI_VOLUME_CORRUPTED;
    return EFI_SUCCESS;
}

efi_status file_read_whole(struct firmware *firmware, struct file *file, uint64_t size,
                           void *destination)
{
    uint64_t count = 0;
    efi_status status = seek(file, 0);

    if (status == EFI_SUCCESS)
        status = read_once(file, size + 1, destination, &count);
    if (status == EFI_SUCCESS && count == size)
        return EFI_SUCCESS; /* one more was asked for and did not come */
    status = file_read(firmware, file, 0, size, destination);
    return status == EFI_SUCCESS ? file_confirm_end(file, size) : status;
}
