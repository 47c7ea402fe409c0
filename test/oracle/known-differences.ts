// Scenarios that end differently on purpose or for now; each has its paragraph in docs/compatibility.md.

export const KNOWN_DIFFERENCES: ReadonlySet<string> = new Set([
  '34 an unfinished handshake: EALREADY',
  '41 connect(AF_UNSPEC) resets',
  '46 bind: twice, foreign, all of 127/8, short and odd addresses',
  '56 IP_RECVERR keeps what was sent',
  'F5 what came with the datagram',
  'H1 calls that make no sense',
  'F1 socket(AF_UNIX): types and protocols',
  'F1 families',
  'F4 every call on descriptors that are none',
  'G1 pipes',
  'I1 a protocol of our own',
  'I1 IPv6: no header in front',
  'I2 ping without privileges',
  'I2 ping over IPv6',
  'F6 accept and connect sleep',
  'F6 Unix readers and datagram readers',
])
