import Domains
import Experts

extension Outcome {
  /// What the experts of one mixture have specialised in.
  public struct Specialty: Codable, Equatable, Sendable {
    /// What the first choice of a token says about its class, its domain, and the token itself, and
    /// what it would seem to say about shuffled ones.
    public let tokenClass, domain, token: Specialization

    /// For each domain the shares of the experts among its tokens' first choices,
    /// `[domains][experts]`.
    public let shares: [[Double]]

    /// - Parameters:
    ///   - experts: the first choice of each token.
    ///   - count: how many experts there are.
    init(experts: [Int32], of count: Int, tokens: [Int32], domains: [Domain]) {
      func specialization(_ labels: [Int]) -> Specialization {
        Specialization(experts: experts, labels: labels.map(Int32.init))
      }
      tokenClass = specialization(
        tokens.map { TokenClass.allCases.firstIndex(of: TokenClass(of: $0))! })
      domain = specialization(domains.map { Domain.allCases.firstIndex(of: $0)! })
      token = specialization(tokens.map(Int.init))
      shares = Domain.allCases.map { domain in
        let chosen = zip(experts, domains).filter { $0.1 == domain }.map { Int($0.0) }
        return Load((0..<count).map { expert in chosen.count { $0 == expert } }).shares
      }
    }
  }
}
