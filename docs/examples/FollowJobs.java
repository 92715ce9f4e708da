// Follows the jobs: java -cp 'lib/*' FollowJobs.java BOOTSTRAP TOPIC GROUP   (kafka-clients, jackson-databind)
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.serialization.*;

class FollowJobs {
    static final ObjectMapper JSON = new ObjectMapper();
    static final Map<String, Long> handledRevisions = new HashMap<>(); // keep this beside your own data, in one transaction

    public static void main(String[] arguments) throws Exception {
        var settings = Map.<String, Object>of("bootstrap.servers", arguments[0], "group.id", arguments[2],
            "enable.auto.commit", false, "auto.offset.reset", "earliest");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(arguments[1]));
            while (true) {
                for (var message : consumer.poll(Duration.ofSeconds(1))) handle(message);
                consumer.commitSync(); // after the effect, never before
            }
        }
    }

    static void handle(ConsumerRecord<String, byte[]> message) throws Exception {
        String type = header(message, "ce_type"), stream = header(message, "ce_stream");
        if (type.isEmpty() || stream.isEmpty()) return; // none of ours
        long revision = Long.parseLong(header(message, "ce_revision"));
        if (revision <= handledRevisions.getOrDefault(stream, -1L)) return; // every event comes at least once
        var event = JSON.readTree(message.value());
        switch (type) {
            case "jobs.analysis-completed.v1" -> System.out.printf("%s is completed, with %d artifacts%n",
                event.get("job_id").asText(), event.get("artifacts").size());
            case "jobs.job-deleted.v1" -> System.out.printf("%s is deleted%n", event.get("job_id").asText());
            default -> { } // another type, or a version that came after this program
        }
        handledRevisions.put(stream, revision);
    }

    static String header(ConsumerRecord<String, byte[]> message, String name) {
        var header = message.headers().lastHeader(name);
        return header == null ? "" : new String(header.value());
    }
}
