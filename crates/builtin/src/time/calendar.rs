//! Days and dates of the calendar.
//!
//! Responsible for turning counts of days into dates and back, in the Gregorian calendar carried on
//! in both directions. It knows nothing of clocks or time zones.

/// Days from the beginning of 1970 to a date; months and days may lie outside of their year and
/// month and then count on from there. `None` where the count is too large.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let months = month.checked_sub(1)?;
    let year = year.checked_add(months.div_euclid(12))?;
    let month = months.rem_euclid(12);
    // Years are counted from March, so that the leap day comes last.
    let shifted = if month < 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let month_from_march = (month + 10) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + day_of_year;
    era.checked_mul(146_097)?.checked_add(day_of_era - 719_468)?.checked_add(day.checked_sub(1)?)
}

/// Year, month and day of a count of days from the beginning of 1970.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    // Every number of days that fits into seconds of 64 bits is far from the limit here.
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days of a month.
pub(super) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_counts_of_days_go_back_and_forth() {
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2000, 3, 1), Some(11_017));
        assert_eq!(days_of(1969, 12, 31), Some(-1));
        assert_eq!(days_of(2023, 2, 29), days_of(2023, 3, 1));
        assert_eq!(days_of(2023, 14, 1), days_of(2024, 2, 1));
        assert_eq!(days_of(2023, -1, 1), days_of(2022, 11, 1));
        assert_eq!(days_of(i64::MAX, 1, 1), None);
        assert_eq!(days_of(2023, i64::MIN, 1), None);
        for days in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), Some(days));
            assert!((1..=month_length(year, month)).contains(&day));
        }
    }
}
