/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/random.h"

#include "efi/services.h"

bool random_seed(const struct firmware *firmware, uint8_t *seed, size_t size)
{
    EFI_GUID protocol = EFI_RNG_PROTOCOL_GUID;
    EFI_RNG_ALGORITHM raw = EFI_RNG_ALGORITHM_RAW;
    EFI_RNG_PROTOCOL *rng = NULL;
    VOID *interface = NULL;
    uint8_t any = 0;

    if (boot_services(firmware)->LocateProtocol(&protocol, NULL, &interface) != EFI_SUCCESS ||
        interface == NULL)
        return false;
    rng = interface;
    if (rng->GetRNG(rng, &raw, size, seed) != EFI_SUCCESS &&
        rng->GetRNG(rng, NULL, size, seed) != EFI_SUCCESS)
        return false;
    for (size_t i = 0; i < size; i++)
        any |= seed[i];
    return any != 0;
}
