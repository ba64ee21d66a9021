/* SPDX-License-Identifier: BSD-2-Clause */
/* Events, as far as an exit has to do with them: notified by the exit event group, or by signal. */
#include "private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EVENTS_MAX  16
#define SIGNALS_MAX 256

struct event {
    bool of_exit;
    EFI_TPL tpl;
    EFI_EVENT_NOTIFY notify;
    void (*plain)(void); /* of a driver that a test plays, instead */
    void *context;
    bool pending;
};

static struct event events[EVENTS_MAX];
static size_t event_count;
static struct event *queue[SIGNALS_MAX];
static size_t queued;
static bool in_handlers;

void fake_events_begin(void)
{
    event_count = 0;
    queued = 0;
    in_handlers = false;
}

bool fake_in_handlers(void)
{
    return in_handlers;
}

static struct event *add(struct event event)
{
    assert_true(event_count < EVENTS_MAX);
    events[event_count] = event;
    return &events[event_count++];
}

void *fake_handler_add(uint64_t tpl, void (*notify)(void))
{
    return add((struct event){.of_exit = true, .tpl = tpl, .plain = notify});
}

void *fake_event_add(uint64_t tpl, void (*notify)(void))
{
    return add((struct event){.tpl = tpl, .plain = notify});
}

/* What is pending already is not queued again. */
void fake_signal(void *which)
{
    struct event *event = which;

    if (event->pending)
        return;
    assert_true(queued < SIGNALS_MAX);
    event->pending = true;
    queue[queued++] = event;
}

/* The first of the highest priority, taken off the queue. */
static struct event *next(void)
{
    size_t best = 0;
    struct event *event;

    for (size_t i = 1; i < queued; i++)
        if (queue[i]->tpl > queue[best]->tpl)
            best = i;
    event = queue[best];
    queued--;
    memmove(&queue[best], &queue[best + 1], (queued - best) * sizeof(queue[0]));
    return event;
}

void fake_events_exit(void)
{
    unsigned int notified = 0;

    for (size_t i = event_count; i-- > 0;)
        if (events[i].of_exit)
            fake_signal(&events[i]);
    while (queued > 0) {
        struct event *event = next();

        assert_true(notified++ < SIGNALS_MAX);
        event->pending = fake_behaviour.drops_own_signal;
        in_handlers = event->plain == NULL;
        if (event->plain != NULL)
            event->plain();
        else
            event->notify(event, event->context);
        in_handlers = false;
        /* U-Boot, efi_process_event_queue(): signalled until the notification is over. */
        if (fake_behaviour.drops_own_signal)
            event->pending = false;
    }
}

EFI_STATUS EFIAPI fake_create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY notify,
                                    VOID *context, EFI_EVENT *ret_event)
{
    struct fake_call *call = fake_enter("CreateEvent", type, tpl, 0);

    if (type == EVT_TIMER)
        return fake_leave(call, fake_create_timer(ret_event));
    assert_true(type == EVT_NOTIFY_SIGNAL || type == EVT_SIGNAL_EXIT_BOOT_SERVICES);
    assert_true(tpl == TPL_CALLBACK || tpl == TPL_NOTIFY);
    assert_non_null(notify);
    if (fake_calls_of("CreateEvent") == fake_behaviour.event_that_fails)
        return fake_leave(call, EFI_OUT_OF_RESOURCES);
    fake_map_touch(); /* it is made of pool */
    *ret_event = add((struct event){.of_exit = type == EVT_SIGNAL_EXIT_BOOT_SERVICES,
                                    .tpl = tpl,
                                    .notify = notify,
                                    .context = context});
    return fake_leave(call, EFI_SUCCESS);
}

EFI_STATUS EFIAPI fake_signal_event(EFI_EVENT event)
{
    struct fake_call *call = fake_enter("SignalEvent", (uintptr_t)event, 0, 0);

    if (event == NULL)
        fail_msg("SignalEvent of an event that was never made");
    fake_signal(event);
    return fake_leave(call, EFI_SUCCESS);
}
