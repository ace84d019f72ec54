/* Civil time to Unix time and back, by days since 1 March 0000: the leap day is then a year's last.
 */
#include "policy/learn_time.h"

#define DAY_MS UINT64_C(86400000)

/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH_DAYS 719468

struct civil {
    uint64_t year;
    uint64_t month; /* 1 to 12 */
    uint64_t day;
    uint64_t hour;
    uint64_t minute;
    uint64_t second;
    uint64_t ms;
    int64_t zone_minutes; /* east of Greenwich */
};

static bool take_digits(struct slice *in, size_t digits, uint64_t min, uint64_t max,
                        uint64_t *value)
{
    if (in->len < digits || !slice_to_u64(slice_sub(*in, 0, digits), 10, max, value) ||
        *value < min) {
        return false;
    }
    *in = slice_sub(*in, digits, in->len);
    return true;
}

static bool take_byte(struct slice *in, char byte)
{
    if (in->len == 0 || in->at[0] != byte) {
        return false;
    }
    *in = slice_sub(*in, 1, in->len);
    return true;
}

/* The length of the month, leap years included. */
static uint64_t month_days(uint64_t year, uint64_t month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2) {
        return leap ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool to_ms(const struct civil *c, uint64_t *ms)
{
    if (c->year < 1970 || c->day > month_days(c->year, c->month)) {
        return false;
    }
    uint64_t year = c->month <= 2 ? c->year - 1 : c->year;
    uint64_t month = (c->month + 9) % 12; /* from March */
    uint64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 +
                    c->day - 1 - EPOCH_DAYS;
    int64_t minutes = (int64_t)(days * 1440 + c->hour * 60 + c->minute) - c->zone_minutes;
    if (minutes < 0) {
        return false;
    }
    *ms = (uint64_t)minutes * 60000 + c->second * 1000 + c->ms;
    return true;
}

/* "15:25:12"; a leap second is the next minute's first. */
static bool take_clock(struct slice *in, struct civil *c)
{
    return take_digits(in, 2, 0, 23, &c->hour) && take_byte(in, ':') &&
           take_digits(in, 2, 0, 59, &c->minute) && take_byte(in, ':') &&
           take_digits(in, 2, 0, 60, &c->second);
}

/* "-0500", or "-05:00" with a separator. */
static bool take_zone(struct slice *in, bool colon, struct civil *c)
{
    uint64_t hours;
    uint64_t minutes;
    bool west = in->len > 0 && in->at[0] == '-';
    if (!(take_byte(in, '-') || take_byte(in, '+')) || !take_digits(in, 2, 0, 23, &hours) ||
        (colon && !take_byte(in, ':')) || !take_digits(in, 2, 0, 59, &minutes)) {
        return false;
    }
    c->zone_minutes = (int64_t)(hours * 60 + minutes) * (west ? -1 : 1);
    return true;
}

static bool take_month(struct slice *in, uint64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (*month = 1; *month <= 12; (*month)++) {
        struct slice name = slice_of(names + (*month - 1) * 3, 3);
        if (slice_starts_with(*in, name)) {
            *in = slice_sub(*in, 3, in->len);
            return true;
        }
    }
    return false;
}

bool learn_time_take_classic(struct slice *in, uint64_t *ms)
{
    struct civil c = {.ms = 0};
    return take_digits(in, 2, 1, 31, &c.day) && take_byte(in, '/') && take_month(in, &c.month) &&
           take_byte(in, '/') && take_digits(in, 4, 1970, 9999, &c.year) && take_byte(in, ':') &&
           take_clock(in, &c) && take_byte(in, ' ') && take_zone(in, false, &c) && to_ms(&c, ms);
}

bool learn_time_take_rfc3339(struct slice *in, uint64_t *ms)
{
    struct civil c = {.ms = 0};
    if (!take_digits(in, 4, 1970, 9999, &c.year) || !take_byte(in, '-') ||
        !take_digits(in, 2, 1, 12, &c.month) || !take_byte(in, '-') ||
        !take_digits(in, 2, 1, 31, &c.day) || !take_byte(in, 'T') || !take_clock(in, &c)) {
        return false;
    }
    if (take_byte(in, '.') && !take_digits(in, 3, 0, 999, &c.ms)) {
        return false;
    }
    return (take_byte(in, 'Z') || take_zone(in, true, &c)) && to_ms(&c, ms);
}

static void put_padded(struct buf *out, uint64_t value, unsigned digits)
{
    (void)buf_putf(out, "%0*llu", (int)digits, (unsigned long long)value);
}

void learn_time_put(struct buf *out, uint64_t ms)
{
    uint64_t days = ms / DAY_MS + EPOCH_DAYS;
    uint64_t era = days / 146097; /* of 400 years */
    uint64_t of_era = days % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (year * 365 + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153;
    uint64_t second = ms % DAY_MS / 1000;
    put_padded(out, era * 400 + year + (month >= 10 ? 1 : 0), 4);
    buf_put_byte(out, '-');
    put_padded(out, month < 10 ? month + 3 : month - 9, 2);
    buf_put_byte(out, '-');
    put_padded(out, of_year - (153 * month + 2) / 5 + 1, 2);
    buf_put_byte(out, 'T');
    put_padded(out, second / 3600, 2);
    buf_put_byte(out, ':');
    put_padded(out, second / 60 % 60, 2);
    buf_put_byte(out, ':');
    put_padded(out, second % 60, 2);
    buf_put_byte(out, 'Z');
}

void learn_time_put_span(struct buf *out, uint64_t ms)
{
    static const struct {
        uint64_t seconds;
        char name;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    uint64_t seconds = ms / 1000;
    size_t i = 0;
    while (i < 3 && seconds < units[i].seconds) {
        i++;
    }
    (void)buf_putf(out, "%llu%c", (unsigned long long)(seconds / units[i].seconds), units[i].name);
    if (i < 3 && seconds % units[i].seconds / units[i + 1].seconds > 0) {
        (void)buf_putf(out, " %llu%c",
                       (unsigned long long)(seconds % units[i].seconds / units[i + 1].seconds),
                       units[i + 1].name);
    }
}
