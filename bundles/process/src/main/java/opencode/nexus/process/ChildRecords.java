package opencode.nexus.process;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The records of children, one file each. A record that cannot be understood is thrown away. */
final class ChildRecords {
    private static final Logger LOG = LoggerFactory.getLogger(ChildRecords.class);
    private static final String SUFFIX = ".json";

    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private final NexusHome home;
    private final Path directory;

    ChildRecords(NexusHome home, Path directory) {
        this.home = home;
        this.directory = directory;
    }

    /** All that are there, by name. */
    Map<String, ChildRecord> all() {
        Map<String, ChildRecord> records = new TreeMap<>();
        names().forEach(name -> read(name).ifPresent(record -> records.put(name, record)));
        return records;
    }

    private List<String> names() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                    .toList();
        } catch (IOException e) {
            LOG.warn("The records of child processes cannot be listed: {}", e.getMessage());
            return List.of();
        }
    }

    /**
     * Keeps a record.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable}
     */
    void write(String name, ChildRecord record) {
        try {
            home.write(file(name), json.writeValueAsBytes(record));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    void forget(String name) {
        delete(name, file(name));
    }

    private static void delete(String name, Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("The record of {} cannot be deleted: {}", name, e.getMessage());
        }
    }

    private Optional<ChildRecord> read(String name) {
        try {
            Optional<byte[]> content = home.read(file(name));
            return content.isEmpty() ? Optional.empty() : Optional.of(parsed(content.get()));
        } catch (IOException e) {
            // Its message would quote the content.
            LOG.warn("The record of {} is damaged; if that process still runs, end it by hand", name);
            forget(name);
            return Optional.empty();
        } catch (NexusException e) {
            LOG.warn("{}", e.getMessage());
            return Optional.empty();
        }
    }

    private ChildRecord parsed(byte[] content) throws IOException {
        ChildRecord record = json.readValue(content, ChildRecord.class);
        if (record == null) {
            throw new IOException("no record");
        }
        return record;
    }

    private Path file(String name) {
        return directory.resolve(name + SUFFIX);
    }
}
