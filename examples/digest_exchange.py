"""A server challenges, a client answers, and the server tells good, wrong and replayed apart.

Run: python examples/digest_exchange.py
"""

from sonnette.base.entropy import SystemEntropy
from sonnette.sip.digest import (
    Algorithm,
    DigestClient,
    DigestServer,
    make_ha1,
    parse_challenge,
    parse_credentials,
)

REALM = "example.org"


def main():
    entropy = SystemEntropy()
    server = DigestServer(entropy.draw(32), entropy)
    stored = make_ha1(Algorithm.SHA256, "alice", REALM, "secret")  # never the password itself
    client = DigestClient("alice", REALM, {Algorithm.SHA256: stored}, entropy)

    header = str(server.challenge(0.0, REALM, Algorithm.SHA256))
    print(f"WWW-Authenticate: {header}\n")
    challenge = client.choose([parse_challenge(header)])

    answer = str(client.authorize(challenge, "REGISTER", "sip:example.org"))
    print(f"Authorization: {answer}\n")
    credentials = parse_credentials(answer)

    print("first:", server.check(1.0, credentials, stored, "REGISTER").value)
    print("again:", server.check(2.0, credentials, stored, "REGISTER").value)
    another = make_ha1(Algorithm.SHA256, "alice", REALM, "guess")
    print("another password:", server.check(3.0, credentials, another, "REGISTER").value)


if __name__ == "__main__":
    main()
