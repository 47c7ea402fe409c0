// What a name in the file system stands for.

/** A socket's name: `owner` is whoever bound it, undefined once that is gone. */
export interface SocketInode { readonly kind: 'socket', readonly id: number, owner: unknown }

export interface DirectoryInode { readonly kind: 'directory', readonly id: number, readonly entries: Map<string, Inode> }

export interface RegularInode { readonly kind: 'regular', readonly id: number, bytes: Uint8Array }

export type Inode = SocketInode | DirectoryInode | RegularInode
