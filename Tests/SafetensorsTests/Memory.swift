import Foundation

@testable import Safetensors

/// The process's memory, by the kernel's count.
enum Memory {
  /// From here on, an attempt to reserve more than `margin` further bytes kills the process.
  static func limit(margin: Int) throws {
    #if os(Linux)
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        .prefix { $0 != " " }
      let bytes = rlim_t(Int(pages)! * sysconf(Int32(_SC_PAGESIZE)) + margin)
      var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
      guard setrlimit(.init(RLIMIT_AS.rawValue), &limit) == 0 else {
        fatalError(String(cString: strerror(errno)))
      }
    #endif
  }
}
