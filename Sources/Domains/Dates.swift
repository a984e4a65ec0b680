import Kernels

/// A line about a day of 1900 to 2099: its weekday, the day some days later, or the days between
/// two. All lines that begin with the same day are one subject.
func date(_ generator: inout Generator) -> Item {
  let day = Day(number: generator.uniform(below: Day.count - 100))
  let distance = 1 + generator.uniform(below: 60)
  let later = Day(number: day.number + distance)
  let days = "\(distance) day\(distance == 1 ? "" : "s")"
  let line =
    switch generator.uniform(below: 3) {
    case 0: "\(day) is a \(day.weekday)"
    case 1: "\(day) + \(days) = \(later)"
    default: "\(day) to \(later) is \(days)"
    }
  return Item(text: line + "\n", subject: "\(day)")
}

/// A day of the Gregorian calendar, by its distance from 1 January 1900, a Monday.
struct Day: CustomStringConvertible {
  let number: Int

  static let years = 1900...2099
  /// How many days these years have.
  static let count = years.reduce(0) { $0 + lengthsOfMonths(in: $1).reduce(0, +) }

  var weekday: String {
    [
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    ][number % 7]
  }

  /// Such as `14 mar 2023`.
  var description: String {
    var left = number
    for year in Day.years {
      for (month, length) in zip(Day.months, Day.lengthsOfMonths(in: year)) {
        if left < length { return "\(left + 1) \(month) \(year)" }
        left -= length
      }
    }
    preconditionFailure("day \(number) is after the end of \(Day.years.upperBound)")
  }

  private static let months = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  private static func lengthsOfMonths(in year: Int) -> [Int] {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  }
}
