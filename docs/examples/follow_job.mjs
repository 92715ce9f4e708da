// Follows one job: node follow_job.mjs ws://localhost:8000 JOB_ID TOKEN   (the same in a browser)
const [address, job, token] = process.argv.slice(2);
const ENDED = ["completed", "failed", "cancelled"];
let after = -1; // the last received revision; -1 asks for every state

function connect() {
  const socket = new WebSocket(`${address}/ws/jobs/${job}?after=${after}`, ["bearer", token]);
  let over = false;
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type !== "job.update") return console.log(message.type);
    after = message.job.revision;
    console.log(`${after} ${message.job.status} ${message.job.progress}`);
    if (ENDED.includes(message.job.status)) (over = true), socket.close();
  };
  socket.onclose = ({ code }) => {
    if (over || code === 4404 || code === 4401) return;
    setTimeout(connect, 500 + Math.random() * 1000); // not all clients at once
  };
  socket.onerror = () => {}; // a close follows
}

connect();
