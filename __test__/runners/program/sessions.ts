interface Request {
  id: number;
  user: string;
}

class Session {
  openedAt: Date = new Date();

  constructor(readonly user: string) {}
}

const sessions = new Map<number, Session>();

export function handle(request: Request): string {
  const session = new Session(request.user);
  sessions.set(request.id, session);
  // The fixed version: what ends is forgotten.
  if (process.env.LEAK === undefined) sessions.delete(request.id);
  return `hello ${session.user}`;
}
