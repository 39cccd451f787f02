import { Member, say } from './chat.mjs';

const ROOMS = ['red', 'green', 'blue'];

/** A visitor comes, says something and goes. */
export function visit(number) {
  const room = ROOMS[number % ROOMS.length];
  const member = new Member(`visitor ${number}`, room);
  if (number % 100 === 0) say(room, `hello from ${member.name}`);
  return member.inbox.length;
}
