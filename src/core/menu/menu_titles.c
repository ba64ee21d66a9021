/* SPDX-License-Identifier: BSD-2-Clause */
/* What an entry is called, so that no two of them look the same. */
#include "core/base/crc32.h"
#include "core/base/sort.h"
#include "core/menu/menu.h"
#include "core/text/printable.h"

/* Of a machine-id, as systemd-boot. */
#define MACHINE_SIZE 8U

void menu_put_title(struct text *text, const struct menu_item *item)
{
    char machine[MACHINE_SIZE + 1];
    struct text cut = text_in(machine, sizeof(machine));

    text_put(&cut, item->marks[MENU_MARK_MACHINE]);
    text_put_printable(text, item->title);
    for (unsigned int mark = 0; mark < MENU_MARKS; mark++)
        if ((item->needs >> mark & 1) != 0 && item->marks[mark][0] != '\0')
            text_format(text, " (%-s)", mark == MENU_MARK_MACHINE ? machine : item->marks[mark]);
}

/* Of what there is to see. */
static uint32_t checksum(const struct menu_item *item)
{
    char buffer[MENU_ROW_SIZE];
    struct text text = text_in(buffer, sizeof(buffer));

    menu_put_title(&text, item);
    return crc32_update(0, buffer, text.length);
}

/* Two titles with the same checksum look the same, nearly always; else they say more than they have
 * to. */
void menu_tell_apart(struct menu_item *items, size_t count, uint64_t *values)
{
    for (unsigned int mark = 0; mark < MENU_MARKS; mark++) {
        for (size_t i = 0; i < count; i++)
            values[i] = (uint64_t)checksum(&items[i]) << 32 | i;
        sort_u64(values, values + count, count);
        for (size_t i = 1; i < count; i++)
            if (values[i - 1] >> 32 == values[i] >> 32) {
                items[(uint32_t)values[i - 1]].needs |= (uint8_t)(1U << mark);
                items[(uint32_t)values[i]].needs |= (uint8_t)(1U << mark);
            }
    }
}
