// Public names for browsers: so far what the page of `npm start` is told.

export type { Side, StoryConnection, StorySegment, StoryState, StoryUpdate, StoryWindow } from '../service/story/story-types.ts'
export type { TcpInfo } from '../service/tcp-info.ts'
