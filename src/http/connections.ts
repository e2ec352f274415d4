/** Which connections have a request under way. The runtime tells only which ones are idle after one, not which never sent any. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** Whether a part of an answer was sent already: what else is written to the connection would become part of it. */
  isAnswering(socket: Socket): boolean;
  /**
   * Ends the connections without a request under way, also where only the beginning of one came, the others as soon as they have none, and
   * takes no more of them.
   */
  dropUnused(): void;
}

export function watchConnections(server: Server): Connections {
  const answers = new Map<Socket, Set<ServerResponse>>();
  let isClosing = false;
  server.on('connection', (socket: Socket) => {
    if (isClosing) {
      socket.destroy();
      return;
    }
    answers.set(socket, new Set());
    socket.once('close', () => answers.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
    const underWay = answers.get(socket);
    underWay?.add(answer);
    answer.once('close', () => {
      underWay?.delete(answer);
      if (isClosing && underWay?.size === 0) socket.end();
    });
  });
  return {
    isAnswering: (socket) => [...(answers.get(socket) ?? [])].some(({ headersSent }) => headersSent),
    dropUnused: () => {
      isClosing = true;
      for (const [socket, { size }] of answers) if (size === 0) socket.destroy();
    },
  };
}
