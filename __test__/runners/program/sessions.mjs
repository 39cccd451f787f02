class Session {
  constructor(user) {
    this.user = user;
    this.openedAt = new Date();
  }
}

const sessions = new Map();

export function handle(request) {
  const session = new Session(request.user);
  sessions.set(request.id, session);
  // The fixed version: what ends is forgotten.
  if (process.env.LEAK === undefined) sessions.delete(request.id);
  return `hello ${session.user}`;
}
