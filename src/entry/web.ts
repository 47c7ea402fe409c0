// Public names for browsers and other runtimes: stream sockets over our hosts, packet memory, what the demonstration's page is told.

export { wasmPlatform } from '../web/packet-platform.ts'
export { SocketError } from '../web/socket-error.ts'
export { createSockets, Listener } from '../web/sockets.ts'
export type { HostAndPort, ListenOptions, ResolveName, SocketOptions, Sockets, SocketsOptions } from '../web/sockets.ts'
export { StreamSocket } from '../web/stream-socket.ts'
export type { BytePair, SecureTransport, SocketInfo, TlsProvider } from '../web/stream-socket.ts'
export type { Side, StoryConnection, StorySegment, StoryState, StoryUpdate, StoryWindow } from '../service/story/story-types.ts'
export type { TcpInfo } from '../service/tcp-info.ts'
