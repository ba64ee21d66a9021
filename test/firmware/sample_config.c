/* SPDX-License-Identifier: BSD-2-Clause */
#include "fw_cfg.h"
#include "report.h"
#include "sample_bus.h"
#include "words.h"

static char config[16384];

void sample_config_read(void)
{
    if (!fw_cfg_read("opt/org.baton/buses", config, sizeof(config) - 1))
        config[0] = '\0';
    for (char *at = config; *at != '\0'; at++) {
        /* Lines become strings; the end is an empty one. */
        if (*at == '\n')
            *at = '\0';
        if (*at == '\0' && at[1] == '\0')
            break;
    }
}

const char *sample_config_of(uint32_t at)
{
    const char *line = config;

    while (*line != '\0') {
        if (words_number(line, "at", UINT64_MAX) == at)
            return line;
        while (*line != '\0')
            line++;
        line++;
    }
    return NULL;
}

EFI_TPL sample_tpl(char letter)
{
    return letter == 'n' ? TPL_NOTIFY : TPL_CALLBACK;
}

uint32_t sample_location(EFI_PCI_IO_PROTOCOL *pci)
{
    UINTN segment = 0;
    UINTN bus = 0;
    UINTN device = 0;
    UINTN function = 0;

    pci->GetLocation(pci, &segment, &bus, &device, &function);
    return (uint32_t)(bus << 8 | device << 3 | function);
}

void sample_report_image(EFI_SYSTEM_TABLE *system, EFI_HANDLE image, const char *name)
{
    EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    VOID *interface = NULL;

    if (system->BootServices->HandleProtocol(image, &guid, &interface) != EFI_SUCCESS)
        return;
    EFI_LOADED_IMAGE *loaded = interface;

    report_begin("image");
    report_text("name", name);
    report_number("base", (uintptr_t)loaded->ImageBase);
    report_number("size", loaded->ImageSize);
    report_end();
}
