/*
 * End-of-interrupt notifier: who is told of which line
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/intc/eoi-notifier.h"

typedef struct Listener {
    EOISubscriber sub;
    unsigned eois;
    unsigned masked;
    unsigned changes;
    int next_line; /* to subscribe to at a change, or -1 */
} Listener;

static void count_eoi(EOISubscriber *sub, bool masked)
{
    Listener *listener = container_of(sub, Listener, sub);

    listener->eois++;
    listener->masked += masked;
}

static void count_change(EOISubscriber *sub)
{
    Listener *listener = container_of(sub, Listener, sub);

    listener->changes++;
    if (listener->next_line >= 0) {
        eoi_unsubscribe(sub);
        eoi_subscribe(sub, listener->next_line);
    }
}

#define LISTENER { { count_eoi, count_change }, .next_line = -1 }

static void test_told_of_its_line_only(void)
{
    Listener listener = LISTENER;

    eoi_subscribe(&listener.sub, 16);
    eoi_notify(15, false);
    eoi_notify(16, false);
    eoi_notify(17, false);
    eoi_unsubscribe(&listener.sub);
    g_assert_cmpuint(listener.eois, ==, 1);
}

static void test_shared_line_tells_each(void)
{
    Listener first = LISTENER, second = LISTENER;

    eoi_subscribe(&first.sub, 0x1200);
    eoi_subscribe(&second.sub, 0x1200);
    eoi_notify(0x1200, false);
    eoi_unsubscribe(&first.sub);
    eoi_notify(0x1200, false);
    eoi_unsubscribe(&second.sub);
    g_assert_cmpuint(first.eois, ==, 1);
    g_assert_cmpuint(second.eois, ==, 2);
}

static void test_without_subscriber_nothing_is_called(void)
{
    Listener listener = LISTENER;

    g_assert_false(eoi_has_subscribers);
    eoi_subscribe(&listener.sub, 1);
    g_assert_true(eoi_has_subscribers);
    eoi_unsubscribe(&listener.sub);
    g_assert_false(eoi_has_subscribers);
    eoi_notify(1, false);
    g_assert_cmpuint(listener.eois, ==, 0);
}

static void test_lines_nobody_speaks_for_are_not_reported(void)
{
    g_assert_false(eoi_any_reported());
    g_assert_false(eoi_is_reported(8));

    eoi_set_reported(8, 8, true);
    g_assert_true(eoi_any_reported());
    g_assert_false(eoi_is_reported(7));
    g_assert_true(eoi_is_reported(8));
    g_assert_true(eoi_is_reported(15));
    g_assert_false(eoi_is_reported(16));
    g_assert_false(eoi_is_reported(-1));

    eoi_set_reported(8, 8, false);
    g_assert_false(eoi_any_reported());
    g_assert_false(eoi_is_reported(8));
}

static void test_line_that_two_controllers_report(void)
{
    eoi_set_reported(0, 24, true);
    eoi_set_reported(0, 8, true);
    eoi_set_reported(0, 8, false);
    g_assert_true(eoi_is_reported(4));
    eoi_set_reported(0, 24, false);
    g_assert_false(eoi_is_reported(4));
}

static void test_change_is_told_once(void)
{
    Listener listener = LISTENER;

    eoi_subscribe(&listener.sub, 3);
    eoi_set_reported(0, 8, true);
    eoi_set_reported(0, 8, true);
    g_assert_cmpuint(listener.changes, ==, 1);
    eoi_set_reported(0, 8, false);
    eoi_set_reported(0, 8, false);
    g_assert_cmpuint(listener.changes, ==, 2);
    eoi_unsubscribe(&listener.sub);
}

static void test_subscribes_anew_at_a_change(void)
{
    Listener first = LISTENER, second = LISTENER;

    first.next_line = 20;
    second.next_line = 21;
    eoi_subscribe(&first.sub, -1);
    eoi_subscribe(&second.sub, -1);
    eoi_set_reported(0, 24, true);
    g_assert_cmpuint(first.changes, ==, 1);
    g_assert_cmpuint(second.changes, ==, 1);

    eoi_notify(20, false);
    g_assert_cmpuint(first.eois, ==, 1);
    g_assert_cmpuint(second.eois, ==, 0);

    first.next_line = -1;
    second.next_line = -1;
    eoi_set_reported(0, 24, false);
    eoi_unsubscribe(&first.sub);
    eoi_unsubscribe(&second.sub);
}

static int other_line(void *opaque, int input)
{
    return input == 16 ? *(int *)opaque : input;
}

static void test_input_that_goes_with_another_line(void)
{
    static int line_of_16 = 10;
    Listener by_route = LISTENER, by_input = LISTENER;

    eoi_add_inputs(16, 8, other_line, &line_of_16);
    eoi_subscribe(&by_route.sub, 10);
    eoi_subscribe(&by_input.sub, 17);
    eoi_notify(16, true);
    g_assert_cmpuint(by_route.eois, ==, 1);
    g_assert_cmpuint(by_route.masked, ==, 1);
    eoi_notify(10, false);
    g_assert_cmpuint(by_route.eois, ==, 2);
    g_assert_cmpuint(by_route.masked, ==, 1);
    eoi_notify(17, false);
    g_assert_cmpuint(by_input.eois, ==, 1);

    line_of_16 = -1;
    eoi_notify(16, false);
    g_assert_cmpuint(by_route.eois, ==, 2);
    eoi_unsubscribe(&by_route.sub);
    eoi_unsubscribe(&by_input.sub);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eoi-notifier/told-of-its-line-only",
                    test_told_of_its_line_only);
    g_test_add_func("/eoi-notifier/shared-line-tells-each",
                    test_shared_line_tells_each);
    g_test_add_func("/eoi-notifier/without-subscriber-nothing-is-called",
                    test_without_subscriber_nothing_is_called);
    g_test_add_func("/eoi-notifier/lines-nobody-speaks-for-are-not-reported",
                    test_lines_nobody_speaks_for_are_not_reported);
    g_test_add_func("/eoi-notifier/line-that-two-controllers-report",
                    test_line_that_two_controllers_report);
    g_test_add_func("/eoi-notifier/change-is-told-once",
                    test_change_is_told_once);
    g_test_add_func("/eoi-notifier/subscribes-anew-at-a-change",
                    test_subscribes_anew_at_a_change);
    g_test_add_func("/eoi-notifier/input-that-goes-with-another-line",
                    test_input_that_goes_with_another_line);
    return g_test_run();
}
