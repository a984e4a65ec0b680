import Foundation

/// The most memory that this process ever had resident, in bytes, by the kernel's count.
///
/// On Linux, `getrusage` also counts the parent process at the moment of its fork.
public func peakMemory() -> Int {
  #if os(Linux)
    let status = try! String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }!
    return Int(line.split(separator: " ").dropLast().last!)! * 1024
  #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
