package opencode.nexus.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.process.ChildProcess;
import opencode.nexus.api.process.ProcessHost;
import opencode.nexus.api.process.ProcessSpec;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs children on this machine. Beside each one's output, {@code <name>.log} and {@code <name>.log.1}, lies a record by
 * which a later gateway adopts it. When only this bundle goes away they run on; when the framework stops they are ended.
 */
@Component(configurationPid = "opencode.nexus.process", immediate = true)
@Designate(ocd = LocalProcessHost.Config.class)
public final class LocalProcessHost implements ProcessHost {
    private static final Logger LOG = LoggerFactory.getLogger(LocalProcessHost.class);
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Duration LAST_GRACE = Duration.ofSeconds(5);
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(1);
    private static final Duration SHORT_GRACE = Duration.ofMillis(500);

    /** Stands for the name of what is run without one. */
    private static final String COMMAND = "command";

    private static final int LEAST_OUTPUT = 4_096;
    private static final int MOST_OUTPUT = 67_108_864;
    private static final int EXIT_UNKNOWN = -1;

    /**
     * The system reports an end only when it has given back the memory, which takes 50 to 200 ms for an OpenCode; so the
     * children are looked at as well.
     */
    private static final int GLANCE_MILLIS = 20;

    @ObjectClassDefinition(name = "Nexus: child processes")
    public @interface Config {
        @AttributeDefinition(
                description = "Bytes of output kept for each child, twice: current and older",
                min = "4096")
        int maxOutputBytes() default 8_388_608;

        @AttributeDefinition(description = "Milliseconds between two looks at the size of the output", min = "10")
        int outputCheckMillis() default 1_000;
    }

    private final NexusHome home;
    private final BooleanSupplier everythingStops;
    private final int maxOutputBytes;
    private final Path directory;
    private final ChildRecords records;
    private final Launch launch = new Launch(System.getenv());
    private final String bootId = bootId();
    private final Map<String, LocalChild> children = new ConcurrentHashMap<>();
    private final Map<String, OutputFile> outputs = new ConcurrentHashMap<>();

    /** Records that the disk refused, by the name of the child. Guarded by this. */
    private final Map<String, ChildRecord> unwritten = new HashMap<>();

    /** Who could not be looked for, and whose they were. */
    private final Map<Mark, String> lateLeftovers = new ConcurrentHashMap<>();

    private final ScheduledExecutorService watch =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nexus-process-watch"));
    private final ExecutorService leftovers =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "nexus-process-leftovers"));
    private boolean closed;

    @Activate
    public LocalProcessHost(BundleContext context, Config config, @Reference NexusHome home) {
        this(config, home, () -> context.getBundle(0).getState() == Bundle.STOPPING);
    }

    /** For tests: {@code everythingStops} tells, when this host is closed, whether the children are to be ended. */
    LocalProcessHost(Config config, NexusHome home, BooleanSupplier everythingStops) {
        this.home = home;
        this.everythingStops = everythingStops;
        this.maxOutputBytes = Math.min(Math.max(LEAST_OUTPUT, config.maxOutputBytes()), MOST_OUTPUT);
        this.directory = home.directory("process");
        this.records = new ChildRecords(home, directory);
        records.all().forEach(this::adopt);
        endStrays();
        int pause = Math.max(10, config.outputCheckMillis());
        watch.scheduleWithFixedDelay(this::look, pause, pause, TimeUnit.MILLISECONDS);
        watch.scheduleWithFixedDelay(this::glance, GLANCE_MILLIS, GLANCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Deactivate
    void close() {
        watch.shutdownNow();
        if (everythingStops.getAsBoolean()) {
            endAll();
        }
        leftovers.shutdown();
        try {
            if (!leftovers.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("What children left behind may not have ended");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            closed = true;
        }
    }

    @Override
    public synchronized ChildProcess start(ProcessSpec spec) {
        if (find(spec.name()).isPresent()) {
            throw new NexusException(
                    NexusException.Kind.CONFLICT, "already-running", spec.name() + " is running already.");
        }
        OutputFile output = output(spec.name());
        boolean heard = isReady(output, spec.name());
        long from = output.end();
        Mark mark = Mark.fresh(directory);
        Process process = launch.start(spec, heard ? output.path() : null, mark);
        ProcessHandle handle = process.toHandle();
        Instant startedAt = handle.info().startInstant().orElseGet(Instant::now);
        LocalChild child = new LocalChild(spec.name(), handle, false, startedAt, spec.notes(), output, from, mark);
        write(
                child,
                new ChildRecord(
                        handle.pid(),
                        startedAt,
                        bootId,
                        output.path(),
                        output.offset(from),
                        spec.notes(),
                        mark,
                        ProcessTree.startTicks(handle.pid()).orElse(null)));
        children.put(spec.name(), child);
        process.onExit()
                .whenComplete((ended, failure) -> ended(child, failure == null ? ended.exitValue() : EXIT_UNKNOWN));
        LOG.debug("Started {}", child);
        return child;
    }

    /** That it runs matters more than what it says. */
    private static boolean isReady(OutputFile output, String name) {
        try {
            output.prepare();
            return true;
        } catch (NexusException e) {
            LOG.warn("What {} says from now on is thrown away. {}", name, e.getMessage());
            return false;
        }
    }

    /**
     * That it runs matters more than its record, too: without one a later gateway cannot adopt it, but it ends it by its
     * mark. The record is written as soon as that can be done.
     *
     * @throws NexusException UNAVAILABLE {@code home-not-writable} where marks are not found; it does not run then
     */
    private void write(LocalChild child, ChildRecord record) {
        try {
            records.write(child.name(), record);
        } catch (NexusException e) {
            if (!Mark.isFound()) {
                child.stop(Duration.ZERO);
                throw e;
            }
            unwritten.put(child.name(), record);
            LOG.warn(
                    "{} runs without a record, and would be ended by the next gateway if this one broke down. {}",
                    child,
                    e.getMessage());
        }
    }

    private synchronized void writeLate() {
        for (Map.Entry<String, ChildRecord> late : List.copyOf(unwritten.entrySet())) {
            try {
                records.write(late.getKey(), late.getValue());
                unwritten.remove(late.getKey());
                LOG.info("{} has its record now", late.getKey());
            } catch (NexusException e) {
                LOG.trace("Still no record of {}", late.getKey(), e);
            }
        }
    }

    @Override
    public Optional<ChildProcess> find(String name) {
        return Optional.<ChildProcess>ofNullable(children.get(name)).filter(ChildProcess::isAlive);
    }

    @Override
    public int run(List<String> command, Duration limit) {
        ProcessSpec spec = new ProcessSpec(COMMAND, command, directory, Map.of(), Set.of(), Map.of());
        Process process = launch.start(spec, null, Mark.fresh());
        try {
            if (process.waitFor(Math.max(0, limit.toMillis()), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        new ProcessTree(process.toHandle()).stop(SHORT_GRACE);
        throw new NexusException(
                NexusException.Kind.UNAVAILABLE,
                "took-too-long",
                command.get(0) + " did not end in time and was ended.");
    }

    private void adopt(String name, ChildRecord record) {
        Optional<ProcessHandle> found = record.find(bootId);
        if (found.isEmpty()) {
            LOG.info("{} has ended meanwhile ({})", name, record);
            endLeftovers(name, record.mark());
            records.forget(name);
            return;
        }
        OutputFile output = output(name);
        LocalChild child = new LocalChild(
                name,
                found.get(),
                true,
                record.startedAt(),
                record.notes(),
                output,
                output.position(record.outputFrom()),
                record.mark());
        children.put(name, child);
        found.get().onExit().whenComplete((ended, failure) -> ended(child, EXIT_UNKNOWN));
        LOG.info("{} still runs, {}", name, record);
    }

    /** Whoever notices first. Those who wait for it are told before anything is tidied up. */
    private void ended(LocalChild child, int exitCode) {
        if (!child.ended(exitCode)) {
            return;
        }
        LOG.debug("{} ended with {}", child, exitCode);
        output(child.name()).moveWhenTooLong();
        forget(child);
        endLeftovers(child.name(), child.mark());
    }

    /** Whatever a child that is gone had started and could not end any more. */
    private void endLeftovers(String name, @Nullable Mark mark) {
        if (mark == null) {
            return;
        }
        later(() -> {
            try {
                mark.bearers().forEach(left -> end(left, name));
            } catch (IOException e) {
                LOG.debug("What {} left behind cannot be looked for now: {}", name, e.getMessage());
                lateLeftovers.put(mark, name);
            }
        });
    }

    /** Whatever children of gateways before this one have left, whether there is a record of them or not. */
    private void endStrays() {
        Set<Mark> known = children.values().stream()
                .map(LocalChild::mark)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        try {
            // Now, before this host starts any itself.
            List<ProcessHandle> strays = Mark.strays(directory, known::contains);
            later(() -> strays.forEach(stray -> end(stray, "an earlier gateway")));
        } catch (IOException e) {
            LOG.warn("What earlier gateways may have left behind cannot be looked for: {}", e.getMessage());
        }
    }

    private static void end(ProcessHandle left, String whose) {
        LOG.info("Ending process {}, which {} left behind", left.pid(), whose);
        new ProcessTree(left).stop(LEFTOVER_GRACE);
    }

    private void later(Runnable task) {
        try {
            leftovers.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late: this host is closed");
        }
    }

    /** Only while it is this child that goes by the name, and while this host is the one in charge. */
    private synchronized void forget(LocalChild child) {
        if (!closed && children.remove(child.name(), child)) {
            unwritten.remove(child.name());
            records.forget(child.name());
        }
    }

    private void look() {
        try {
            writeLate();
            lateLeftovers.keySet().forEach(mark -> endLeftovers(lateLeftovers.remove(mark), mark));
            outputs.values().forEach(OutputFile::moveWhenTooLong);
        } catch (RuntimeException | LinkageError e) {
            cannotWatch(e);
        }
    }

    private void glance() {
        try {
            for (LocalChild child : children.values()) {
                if (!child.isAdopted()) {
                    ProcessTree.exitCode(child.pid()).ifPresent(code -> ended(child, code));
                } else if (!child.isAlive()) {
                    // Where nobody collects orphans that is not reported.
                    ended(child, EXIT_UNKNOWN);
                }
            }
        } catch (RuntimeException | LinkageError e) {
            cannotWatch(e);
        }
    }

    /** A class that cannot be loaded for want of a free descriptor is no reason to stop looking. */
    private static void cannotWatch(Throwable why) {
        LOG.error("Child processes cannot be watched", why);
    }

    private void endAll() {
        List<LocalChild> all = List.copyOf(children.values());
        if (all.isEmpty()) {
            return;
        }
        ExecutorService stoppers =
                Executors.newFixedThreadPool(all.size(), task -> new Thread(task, "nexus-process-stop"));
        all.forEach(child -> stoppers.execute(() -> {
            child.stop(LAST_GRACE);
            forget(child);
        }));
        stoppers.shutdown();
        try {
            if (!stoppers.awaitTermination(LAST_GRACE.toSeconds() + 5, TimeUnit.SECONDS)) {
                LOG.warn("Not every child process has ended");
            }
        } catch (InterruptedException e) {
            stoppers.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private OutputFile output(String name) {
        return outputs.computeIfAbsent(
                name, unknown -> new OutputFile(home, directory.resolve(name + ".log"), maxOutputBytes));
    }

    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
