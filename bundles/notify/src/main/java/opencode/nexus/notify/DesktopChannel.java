package opencode.nexus.notify;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationChannel;
import opencode.nexus.api.process.ProcessHost;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The notifications of the computer that Nexus runs on: {@code notify-send} on Linux, {@code osascript} on macOS. What
 * somebody else wrote is given to both as an argument, never as part of a script.
 */
@Component(immediate = true)
public final class DesktopChannel implements NotificationChannel {
    private static final String NAME = "OpenCode Nexus";
    private static final Duration LIMIT = Duration.ofSeconds(8);
    private static final List<String> SCREENS = List.of("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS");

    private final ProcessHost processes;
    private final String system;
    private final Map<String, String> environment;

    @Activate
    public DesktopChannel(@Reference ProcessHost processes) {
        this(processes, System.getProperty("os.name", ""), System.getenv());
    }

    DesktopChannel(ProcessHost processes, String system, Map<String, String> environment) {
        this.processes = processes;
        this.system = system.toLowerCase(Locale.ROOT);
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String name() {
        return "desktop";
    }

    @Override
    public String title() {
        return "This computer";
    }

    @Override
    public boolean isAvailable() {
        if (isMac()) {
            return isOnPath("osascript");
        }
        boolean screen = SCREENS.stream()
                .anyMatch(variable -> !environment.getOrDefault(variable, "").isBlank());
        return system.contains("linux") && screen && isOnPath("notify-send");
    }

    @Override
    public void deliver(Notification notification) {
        List<String> command =
                isMac() ? osascript(notification) : notifySend(notification.title(), notification.text());
        int exit = processes.run(command, LIMIT);
        if (exit != 0) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "not-shown",
                    command.get(0) + " could not show a notification (exit code " + exit + ").");
        }
    }

    /** The text, but not the title, is markup there. */
    private static List<String> notifySend(String title, String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
        return List.of("notify-send", "--app-name=" + NAME, "--", title, escaped);
    }

    /** The first argument is ours: after it nothing is taken for an option. */
    private static List<String> osascript(Notification notification) {
        return List.of(
                "osascript",
                "-e",
                "on run argv",
                "-e",
                "display notification (item 3 of argv) with title (item 1 of argv) subtitle (item 2 of argv)",
                "-e",
                "end run",
                NAME,
                notification.title(),
                notification.text());
    }

    private boolean isMac() {
        return system.contains("mac");
    }

    private boolean isOnPath(String program) {
        return Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(directory -> !directory.isBlank())
                .anyMatch(directory -> isExecutable(directory, program));
    }

    private static boolean isExecutable(String directory, String program) {
        try {
            Path file = Path.of(directory, program);
            return Files.isRegularFile(file) && Files.isExecutable(file);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
