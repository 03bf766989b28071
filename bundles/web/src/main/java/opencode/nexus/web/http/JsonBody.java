package opencode.nexus.web.http;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.CharConversionException;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import org.jspecify.annotations.Nullable;

/** Reads one request body that nobody vouches for. */
final class JsonBody {
    private final int maxBytes;
    private final LongSupplier nanoTime;

    JsonBody(int maxBytes) {
        this(maxBytes, System::nanoTime);
    }

    JsonBody(int maxBytes, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
    }

    <T> T read(HttpServletRequest request, Class<T> type) throws IOException {
        return read(request, Json.mapper().readerFor(type));
    }

    /** With what the reader knows of the type. */
    <T> T read(HttpServletRequest request, ObjectReader reader) throws IOException {
        try (JsonParser parser = Json.mapper().createParser(new BodyStream(request, maxBytes, nanoTime))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw malformed("The body must be one JSON object.");
            }
            return reader.readValue(parser);
        } catch (CharConversionException e) {
            throw malformed("The body is not well-formed UTF-8.");
        } catch (JacksonException e) {
            throw failure(e);
        }
    }

    /** What went wrong is the innermost thing Jackson tells; where, is told by the outermost. */
    private NexusException failure(JacksonException thrown) throws IOException {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof NexusException failure) {
                return failure;
            }
            if (cause instanceof StreamConstraintsException) {
                return malformed("The body is nested too deeply, or one of its values is too long.");
            }
            if (cause instanceof StreamReadException || cause instanceof CharConversionException) {
                return malformed("The body is not well-formed JSON.");
            }
            if (cause instanceof IOException connection && !(cause instanceof JacksonException)) {
                throw connection;
            }
        }
        String field = thrown instanceof JsonMappingException mapping ? field(mapping.getPath()) : "";
        if (field.isEmpty()) {
            return malformed("The body must be one JSON object with nothing after it.");
        }
        Class<?> type = thrown instanceof MismatchedInputException mismatch ? mismatch.getTargetType() : null;
        return NexusException.invalid(field, "must be " + expected(type));
    }

    private static NexusException malformed(String detail) {
        return new NexusException(Kind.MALFORMED, "malformed-json", detail);
    }

    private static String field(List<JsonMappingException.Reference> path) {
        StringBuilder field = new StringBuilder();
        for (JsonMappingException.Reference step : path) {
            if (step.getFieldName() == null) {
                field.append('[').append(step.getIndex()).append(']');
                continue;
            }
            field.append(field.isEmpty() ? "" : ".").append(step.getFieldName());
        }
        return field.toString();
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(", ", "one of: ", ""));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == double.class || type == Double.class || type == float.class || type == Float.class) {
            return "a number";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a whole number";
        }
        if (type == Instant.class) {
            return "an ISO-8601 time";
        }
        if (CharSequence.class.isAssignableFrom(type)) {
            return "a well-formed text";
        }
        return Collection.class.isAssignableFrom(type) ? "a list" : "an object";
    }
}
