package opencode.nexus.settings;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.api.settings.Settings.Type;
import org.jspecify.annotations.Nullable;

/**
 * One field and the rules that Metatype gives it. The same rules hold for what a file says and for what a caller says; the
 * messages quote no value, since it might be a secret.
 *
 * @param kind the Java type that the component is given
 * @param required whether it must be set when it has no default
 * @param most how many entries a list may have
 */
record Field(Setting setting, Kind kind, boolean required, int most) {
    static final int LONGEST_TEXT = 10_000;
    static final int LONGEST_LIST = 1_000;

    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,19}");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?");

    private static final Pattern TYPED = Pattern.compile("^\\s*[A-Za-z]([\"\\[])");

    enum Kind {
        BOOLEAN(Type.BOOLEAN, 0, 0),
        BYTE(Type.INTEGER, Byte.MIN_VALUE, Byte.MAX_VALUE),
        SHORT(Type.INTEGER, Short.MIN_VALUE, Short.MAX_VALUE),
        INTEGER(Type.INTEGER, Integer.MIN_VALUE, Integer.MAX_VALUE),
        LONG(Type.INTEGER, Long.MIN_VALUE, Long.MAX_VALUE),
        DOUBLE(Type.DECIMAL, -Double.MAX_VALUE, Double.MAX_VALUE),
        CHARACTER(Type.TEXT, 1, 1),
        STRING(Type.TEXT, 0, LONGEST_TEXT);

        final Type type;
        final double min;
        final double max;

        Kind(Type type, double min, double max) {
            this.type = type;
            this.min = min;
            this.max = max;
        }
    }

    /** The value breaks a rule. The message goes on from the name of the field: {@code must be …}. */
    static final class WrongException extends Exception {
        private static final long serialVersionUID = 1;

        WrongException(String message) {
            super(message);
        }
    }

    String name() {
        return setting.name();
    }

    /** What is written in a file, as the component gets it: one value, or a list. */
    Object fromFile(String there) throws WrongException {
        // The console's commands for configuration write numbers as I"80" and I[ "80" ].
        String written =
                setting.type() == Type.TEXT ? there : TYPED.matcher(there).replaceFirst("$1");
        try {
            if (!setting.list()) {
                return fromWord(CfgText.scalar(written));
            }
            List<Object> list = new ArrayList<>();
            for (String word : CfgText.list(written)) {
                list.add(fromWord(word));
            }
            return limited(list);
        } catch (CfgText.BrokenException e) {
            throw new WrongException("cannot be read: " + e.getMessage());
        }
    }

    /** What a caller says, as the component gets it; null is the default. */
    Object fromCaller(@Nullable Object value) throws WrongException {
        if (value == null) {
            if (required && setting.type() == Type.TEXT && !setting.list()) {
                throw new WrongException("is required");
            }
            return setting.standard();
        }
        if (!setting.list()) {
            return one(value);
        }
        if (!(value instanceof Collection<?> values)) {
            throw new WrongException("must be a list");
        }
        List<Object> list = new ArrayList<>();
        for (Object entry : values) {
            if (entry == null || entry.equals("")) {
                throw new WrongException("must not have empty entries");
            }
            list.add(one(entry));
        }
        return limited(list);
    }

    /** How a value is written in a file. */
    String written(Object value) {
        return value instanceof List<?> values
                ? CfgText.written(values.stream().map(String::valueOf).toList())
                : CfgText.written(String.valueOf(value));
    }

    private List<Object> limited(List<Object> list) throws WrongException {
        if (list.size() > most) {
            throw new WrongException("must have at most " + most + " entries");
        }
        return List.copyOf(list);
    }

    private Object fromWord(String word) throws WrongException {
        return switch (setting.type()) {
            case TEXT -> one(word);
            case BOOLEAN -> one(word.equals("true") || word.equals("false") ? (Object) Boolean.valueOf(word) : word);
            case INTEGER -> one(WHOLE.matcher(word).matches() ? new BigDecimal(word) : word);
            case DECIMAL -> one(DECIMAL.matcher(word).matches() ? new BigDecimal(word) : word);
        };
    }

    private Object one(Object value) throws WrongException {
        Object typed =
                switch (setting.type()) {
                    case BOOLEAN -> value;
                    case INTEGER, DECIMAL -> number(value);
                    case TEXT -> text(value);
                };
        if (setting.type() == Type.BOOLEAN && !(typed instanceof Boolean)) {
            throw wrongType();
        }
        if (!setting.choices().isEmpty() && !setting.choices().contains(String.valueOf(typed))) {
            throw new WrongException("must be one of: " + String.join(", ", setting.choices()));
        }
        return typed;
    }

    private Object number(Object value) throws WrongException {
        BigDecimal number = decimal(value);
        if (number.compareTo(BigDecimal.valueOf(min())) < 0 || number.compareTo(BigDecimal.valueOf(max())) > 0) {
            throw wrongType();
        }
        try {
            return switch (kind) {
                case BYTE, SHORT, INTEGER -> number.intValueExact();
                case LONG -> number.longValueExact();
                default -> number.doubleValue();
            };
        } catch (ArithmeticException e) {
            throw wrongType();
        }
    }

    private BigDecimal decimal(Object value) throws WrongException {
        if (!(value instanceof Number)) {
            throw wrongType();
        }
        try {
            String digits = String.valueOf(value);
            BigDecimal number = digits.length() > 100 ? null : new BigDecimal(digits);
            if (number == null || Math.abs((long) number.scale()) > 1_000) {
                throw wrongType(); // a short exponent may stand for more digits than memory holds
            }
            return number;
        } catch (NumberFormatException e) {
            throw wrongType(); // infinite, or none
        }
    }

    private String text(Object value) throws WrongException {
        if (!(value instanceof CharSequence)) {
            throw wrongType();
        }
        boolean lines = setting.lines();
        String text = lines ? value.toString().replace("\r\n", "\n") : value.toString();
        if (required && text.isEmpty()) {
            throw new WrongException("is required");
        }
        if ((lines ? text.strip() : text).length() < min()) {
            throw new WrongException("must have at least " + plain(min()) + " characters");
        }
        if (text.length() > max()) {
            throw new WrongException("must have at most " + plain(max()) + " characters");
        }
        if (setting.secret() && text.contains(Settings.MASK)) {
            throw new WrongException("must be written out, since " + Settings.MASK + " only stands for what is set");
        }
        for (int index = 0; index < text.length(); index++) {
            char sign = text.charAt(index);
            if (Character.isISOControl(sign) && !(lines && sign == '\n') || CfgText.isHalf(text, index)) {
                throw new WrongException("must not hold control characters");
            }
        }
        return text;
    }

    private WrongException wrongType() {
        return new WrongException(
                switch (setting.type()) {
                    case BOOLEAN -> "must be true or false";
                    case TEXT -> "must be a text";
                    case INTEGER -> "must be a whole number" + bounds();
                    case DECIMAL -> "must be a number" + bounds();
                });
    }

    private String bounds() {
        boolean open = kind == Kind.LONG || kind == Kind.DOUBLE;
        boolean below = setting.min() != null || !open;
        boolean above = setting.max() != null || !open;
        if (below && above) {
            return " from " + plain(min()) + " to " + plain(max());
        }
        if (below) {
            return ", at least " + plain(min());
        }
        return above ? ", at most " + plain(max()) : "";
    }

    private double min() {
        Double min = setting.min();
        return min == null ? kind.min : Math.max(min, kind.min);
    }

    private double max() {
        Double max = setting.max();
        return max == null ? kind.max : Math.min(max, kind.max);
    }

    private static String plain(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }
}
