/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files and disks that do not keep their word.
 *
 *   file=name          the file that is meant: any path that ends so, in any case; default all
 *   short=k            its k-th read (1: the first) gives half of what was asked for; ever: all do
 *   read-error=k       its k-th read fails; `times=n`: and the n-1 after it (ever: all after it)
 *   size=...           its size, where it is asked for: half, double, zero, huge (2^60), page (one
 *                      page more), less (one byte less); said by GetInfo and by the position of its
 *                      end, or with size-of=info or size-of=position by one of them only
 *   open-error         it cannot be opened
 *   disk-error=k       the k-th read of any block device fails, and all after it; or `times=n`
 */
#include "fault.h"

#include "core/base/mem.h"
#include "core/text/text.h"
#include "report.h"

#define DISKS_MAX 32
#define OPEN_MAX  32
#define NAME_MAX  128

static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
static EFI_STATUS(EFIAPI *open_volume)(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *, EFI_FILE_HANDLE *);

/* The file system's own functions: those of its first file, the same for all. */
static EFI_FILE original;
static bool original_known;

static EFI_FILE_HANDLE chosen[OPEN_MAX]; /* open files that are meant */
static uint64_t reads;
static uint64_t short_at;
static uint64_t error_at;
static uint64_t error_times;

static EFI_BLOCK_IO *disks[DISKS_MAX];
static EFI_BLOCK_READ read_blocks[DISKS_MAX];
static UINTN disk_count;
static uint64_t disk_reads;
static uint64_t disk_at;

static bool name_ends_so(const CHAR16 *path)
{
    const char *name;
    UINTN length = 0;
    UINTN wanted = 0;

    if (!words_find(fault.words, "file", &name))
        return true;
    while (path[length] != 0)
        length++;
    while (name[wanted] != ' ' && name[wanted] != '\0')
        wanted++;
    if (wanted > length)
        return false;
    for (UINTN i = 0; i < wanted; i++) {
        CHAR16 unit = path[length - wanted + i];

        if (unit > 0x7e || text_lower((char)unit) != text_lower(name[i]))
            return false;
    }
    return true;
}

static bool is_chosen(EFI_FILE_HANDLE file)
{
    for (unsigned int i = 0; i < OPEN_MAX; i++)
        if (chosen[i] == file)
            return true;
    return false;
}

static void choose(EFI_FILE_HANDLE from, EFI_FILE_HANDLE to)
{
    for (unsigned int i = 0; i < OPEN_MAX; i++)
        if (chosen[i] == from) {
            chosen[i] = to;
            return;
        }
}

static void say(const char *what, uint64_t number)
{
    report_begin("file");
    report_text("what", what);
    report_number("number", number);
    report_end();
}

static uint64_t lie(uint64_t size)
{
    if (words_say(fault.words, "size", "half"))
        return size / 2;
    if (words_say(fault.words, "size", "double"))
        return size * 2;
    if (words_say(fault.words, "size", "zero"))
        return 0;
    if (words_say(fault.words, "size", "huge"))
        return 1ULL << 60;
    if (words_say(fault.words, "size", "page"))
        return size + 4096;
    if (words_say(fault.words, "size", "less"))
        return size - 1;
    return size;
}

static bool lies_in(const char *place)
{
    const char *value;

    return fault_number("size", 0) != 0 && (!words_find(fault.words, "size-of", &value) ||
                                            words_say(fault.words, "size-of", place));
}

static void wrap(EFI_FILE_HANDLE file);

static EFI_STATUS EFIAPI open_hook(EFI_FILE_HANDLE file, EFI_FILE_HANDLE *opened, CHAR16 *name,
                                   UINT64 mode, UINT64 attributes)
{
    EFI_STATUS status;

    if (fault_flag("open-error") && name_ends_so(name)) {
        say("open-error", 1);
        return EFI_DEVICE_ERROR;
    }
    status = original.Open(file, opened, name, mode, attributes);
    if (status != EFI_SUCCESS)
        return status;
    wrap(*opened);
    if (name_ends_so(name))
        choose(NULL, *opened);
    return status;
}

static EFI_STATUS EFIAPI close_hook(EFI_FILE_HANDLE file)
{
    choose(file, NULL);
    return original.Close(file);
}

static EFI_STATUS EFIAPI read_hook(EFI_FILE_HANDLE file, UINTN *size, VOID *buffer)
{
    if (!is_chosen(file))
        return original.Read(file, size, buffer);
    reads++;
    if (error_at != 0 && reads >= error_at && reads - error_at < error_times) {
        say("read-error", reads);
        return EFI_DEVICE_ERROR;
    }
    if ((short_at == reads || short_at == UINT64_MAX) && *size > 1) {
        say("short", reads);
        *size /= 2;
    }
    return original.Read(file, size, buffer);
}

static EFI_STATUS EFIAPI info_hook(EFI_FILE_HANDLE file, EFI_GUID *type, UINTN *size, VOID *buffer)
{
    EFI_GUID wanted = EFI_FILE_INFO_ID;
    EFI_STATUS status = original.GetInfo(file, type, size, buffer);

    if (status == EFI_SUCCESS && is_chosen(file) && lies_in("info") &&
        memcmp(type, &wanted, sizeof(wanted)) == 0) {
        EFI_FILE_INFO *info = buffer;

        info->FileSize = lie(info->FileSize);
        say("size-info", info->FileSize);
    }
    return status;
}

/* The position is a lie only at the true end, which is where its size is asked for. */
static EFI_STATUS EFIAPI position_hook(EFI_FILE_HANDLE file, UINT64 *position)
{
    uint8_t buffer[1024] __attribute__((aligned(8)));
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)buffer;
    EFI_GUID type = EFI_FILE_INFO_ID;
    UINTN size = sizeof(buffer);
    EFI_STATUS status = original.GetPosition(file, position);

    if (status != EFI_SUCCESS || !is_chosen(file) || !lies_in("position") ||
        original.GetInfo(file, &type, &size, info) != EFI_SUCCESS || *position != info->FileSize)
        return status;
    *position = lie(*position);
    say("size-position", *position);
    return status;
}

static void wrap(EFI_FILE_HANDLE file)
{
    if (!original_known) {
        original = *file;
        original_known = true;
    }
    file->Open = open_hook;
    file->Close = close_hook;
    file->Read = read_hook;
    file->GetInfo = info_hook;
    file->GetPosition = position_hook;
}

static EFI_STATUS EFIAPI open_volume_hook(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *self,
                                          EFI_FILE_HANDLE *root)
{
    EFI_STATUS status = open_volume(self, root);

    if (status == EFI_SUCCESS)
        wrap(*root);
    return status;
}

static EFI_STATUS EFIAPI read_blocks_hook(EFI_BLOCK_IO *disk, UINT32 media, EFI_LBA block,
                                          UINTN size, VOID *buffer)
{
    UINTN i = 0;

    while (i < disk_count && disks[i] != disk)
        i++;
    /* A partition's reads come by here again as its disk's: counted once. */
    if (!disk->Media->LogicalPartition)
        disk_reads++;
    if (disk_at != 0 && disk_reads >= disk_at && disk_reads - disk_at < error_times) {
        say("disk-error", disk_reads);
        return EFI_DEVICE_ERROR;
    }
    return i < disk_count ? read_blocks[i](disk, media, block, size, buffer) : EFI_DEVICE_ERROR;
}

static void hook_disks(void)
{
    EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
    EFI_HANDLE *handles;
    UINTN found;

    if (fault.original.LocateHandleBuffer(ByProtocol, &guid, NULL, &found, &handles) != EFI_SUCCESS)
        return;
    for (UINTN i = 0; i < found && disk_count < DISKS_MAX; i++) {
        VOID *interface = NULL;

        if (fault.original.HandleProtocol(handles[i], &guid, &interface) != EFI_SUCCESS)
            continue;
        disks[disk_count] = interface;
        read_blocks[disk_count] = disks[disk_count]->ReadBlocks;
        disks[disk_count]->ReadBlocks = read_blocks_hook;
        disk_count++;
    }
    fault.original.FreePool(handles);
}

void files_arm(void)
{
    EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    VOID *interface = NULL;

    short_at = fault_number("short", 0);
    error_at = fault_number("read-error", 0);
    error_times = fault_number("times", 1);
    disk_at = fault_number("disk-error", 0);
    if (disk_at != 0)
        hook_disks();
    if ((short_at != 0 || error_at != 0 || fault_flag("size") || fault_flag("open-error")) &&
        fault.original.HandleProtocol(fault.image->DeviceHandle, &guid, &interface) ==
            EFI_SUCCESS) {
        volume = interface;
        open_volume = volume->OpenVolume;
        volume->OpenVolume = open_volume_hook;
    }
}

void files_disarm(void)
{
    for (UINTN i = 0; i < disk_count; i++)
        disks[i]->ReadBlocks = read_blocks[i];
    disk_count = 0;
    if (volume != NULL)
        volume->OpenVolume = open_volume;
    volume = NULL;
}
