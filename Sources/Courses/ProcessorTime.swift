import Foundation

/// The seconds that all threads of this process have been at work.
public func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
