// What kept one round of sending from going on. One record a stack, so that no round allocates.

export class SendLimits {
  byCwnd = false
  byRwnd = false
}
